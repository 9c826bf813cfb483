"""Words of names by class, in the languages that schemas are written in.

`CLASS weight: phrase, phrase`: the weight is what a name that consists of the phrase says for the
class (`Evidence.weight`). Accents are folded; a phrase is found in one word as well as in several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalog.search.tokens import fold
from lineage.classes.types import DataClass

_PHRASES = """
name 2.6: first name, last name, full name, middle name, given name, family name, surname,
  forename, maiden name, fname, lname, firstname, lastname, fullname, name first, name last,
  middle initial, middle init, initials, birth name, vorname, nachname, familienname, geburtsname,
  prenom, nom famille, apellido, apellidos, primer nombre, cognome, sobrenome, primeiro nome,
  voornaam, achternaam, fornamn, efternamn, fornavn, efternavn, imie, nazwisko, etunimi, sukunimi,
  jmeno, prijmeni, soyad, soyadi, keresztnev, vezeteknev, imya, familiya, prenume, nume familie,
  имя, фамилия, отчество, 姓名, 氏名, 名前, 姓, 성명, 이름
name 1.6: display name, person name, contact name, real name, legal first name, preferred name,
  alias name, nickname, stage name, cardholder, card holder, account holder, beneficiary name,
  signatory, spouse, next of kin, emergency contact, primary contact, contact person,
  ansprechpartner, nombre completo, nome completo, nom complet, primary poc
email 3.2: email, e mail, mail address, email address, emailaddr, electronic mail, correo,
  correo electronico, courriel, posta elettronica, epost, e post, sahkoposti,
  eposta, e posta, 邮箱,
  电子邮件, メール, メールアドレス, 이메일, почта
email 1.2: mail
phone 2.8: phone, telephone, phone number, mobile number, cell phone, cellphone, mobile phone,
  home phone, work phone, telefon, telefonnummer, handy, handynummer, mobilnummer, telefono,
  celular, telefone, telephone portable, numero telephone, telefoonnummer, puhelin, telefoni,
  telefonszam, fax, fax number, msisdn, whatsapp, 电话, 手机, 電話番号, 전화번호, телефон
phone 1.4: tel, mobile, cell, area code, phone extension, contact number
phone -0.4: extension
address 2.4: street, street address, home address, postal address, mailing address,
  billing address, shipping address, address line, house number, address line 1, strasse,
  hausnummer, anschrift, adresse, direccion, domicilio, rue, indirizzo, endereco, logradouro,
  adres, straat, huisnummer, katuosoite, osoite, ulica, utca, gatuadress, 地址, 住所, 주소, адрес
address 1.6: address, zip, zip code, postcode, postal code, post code, zipcode, plz, postleitzahl,
  code postal, codigo postal, cap code, cep, postnummer, kod pocztowy, psc, apartment,
  residence address
birth 3.0: birth date, date of birth, birthdate, birthday, dob, birth datetime, birth year,
  year of birth, month of birth, day of birth, birth month, birth day, born on, geburtsdatum,
  geburtstag, date naissance, naissance, fecha nacimiento, nacimiento, data nascita, nascita,
  data nascimento, nascimento, geboortedatum, fodelsedatum, fodselsdato, syntymaaika,
  data urodzenia, datum narozeni, dogum tarihi, birthplace, place of birth, 生日,
  出生日期, 生年月日, 생년월일,
  дата рождения
government_id 3.0: ssn, social security number, social security, national id,
  national identity number, nationalidnumber, passport, passport number, tax id, taxpayer id,
  tax identification number, tin number, driver license, drivers license, driving licence,
  license number driver, nino, national insurance number, cpf, curp, dni, nie number, nif, pesel,
  bsn, personnummer, cpr number, henkilotunnus, hetu, codice fiscale, steuernummer, steuer id,
  sozialversicherungsnummer, ausweisnummer, aadhaar, pan card, rodne cislo, egn, oib, jmbg,
  tc kimlik, kimlik no, numero securite sociale, nir number, identity card, id card number,
  personal id number, social insurance number, 身份证, 身份证号, マイナンバー, 주민등록번호, инн,
  снилс, паспорт
government_id 1.6: npi, dea, medicare number, medical record number, mrn, patient number,
  visa number, immigration number, identity number, license plate, vehicle plate
ip 3.0: ip, ip address, ipaddress, client ip, remote ip, remote addr, source ip, user ip, ipv4,
  ipv6, host ip, ip addr, adresse ip, direccion ip
ip 0.2: user agent, visitor id, device id, cookie id
ip 2.2: mac address, mac addr, imei, imsi, advertising id, idfa, gaid, device fingerprint,
  browser fingerprint
location 1.6: lat, lon, lng, latitude, longitude, gps, geo point, geolocation, coordinates,
  geo lat, geo lon, breitengrad, laengengrad, latitud, longitud
sensitive 2.2: gender, sex, race, ethnicity, ethnic group, religion, marital status, civil status,
  nationality, citizenship, sexual orientation, disability, blood type, blood group, diagnosis,
  medical condition, political opinion, union membership, criminal record, pregnancy,
  cause of death, death date, death datetime, date of death, cause concept, cause source value,
  death cause, geschlecht, familienstand, konfession, staatsangehoerigkeit, sexe, etat civil,
  genero, estado civil, sesso, geslacht, kon, sukupuoli, plec, 性别, 性別, 성별, пол
free_text 0.7: body, transcript, message body, note text, notes, free text, freitext,
  conversation, chat message, comment text, comments, remarks, bemerkung, bemerkungen, feedback,
  complaint, testimony, note title, snippet, review comment message, review text, message text,
  email body, call notes, observaciones, remarques
free_text 0.1: memo
free_text -0.2: comment, message, note
free_text -0.4: subject
username 1.4: username, user name, login name, screen name, login id, user handle, benutzername,
  nom utilisateur, nombre usuario, usuario, 用户名
username 0.2: login, handle, nick
photo 1.6: photo, picture, avatar, selfie, portrait, fingerprint, face image, biometric,
  voiceprint, photo path, photo url, signature image, profile picture, profile image, iris scan,
  lichtbild
card 3.0: card number, credit card number, creditcardnumber, cc number, ccnum, card pan,
  pan number, cvv, cvc, cvv2, card cvv, card expiry, card expiration, card last4, last4,
  card last four, kreditkartennummer, numero carte, numero tarjeta, credit card approval code,
  kreditkarte
card 1.2: credit card, debit card, card
bank_account 3.0: iban, bank account, bank account number, bankaccount, routing number, sort code,
  clabe, kontonummer, numero cuenta, numero compte, rib, bankverbindung, rekeningnummer,
  conto corrente, aba number, bic iban
bank_account 1.2: account number, acct number, bic, swift code, swift, account no, bank code, blz
pay 2.8: salary, wage, wages, payroll, annual salary, base salary, salaries, hourly rate,
  hourly wage, base pay, net pay, gross pay, take home pay, bonus target, stock grant, severance,
  pension, gehalt, lohn, salaire, sueldo, salario, nomina, stipendio, retribuzione, salaris, lon,
  palkka, pensja, wynagrodzenie, plat mzda, maas, remuneration, total compensation, bonus amount,
  工资, 薪资, 給与, 급여, зарплата
pay 1.4: bonus, compensation, income, income level, commission rate, commission, household income,
  salary band, pay grade, band min, band max, median income, mean income
amount 2.2: amount, amt, subtotal, revenue, turnover, credit limit, account balance, balance due,
  net amount, gross amount, unit price, list price, total price, total cost, unit cost,
  total amount, invoice total, amount due, total due, outstanding balance, budget, betrag, umsatz,
  preis, montant, importe, importo, valor total, bedrag, belopp, kwota, 金额, 金額,
  금액, сумма, mrr,
  arr, cac, ltv, lifetime value, gmv, ebitda, total sales, total paid, total charge, net revenue
amount 1.6: price, cost, charge, fee, balance, spend, payment value, freight value, valuation,
  funding, expense, expenses, debt, loan amount, deposit amount, tax amount, discount amount,
  refund amount, profit, precio, prix, prezzo, preco, prijs, pris, cena, sales ytd,
  sales last year, cost ytd, cost last year, sales quota, paid amount, copay, coinsurance,
  deductible
amount 0.9: total, tax, freight, sales, amount sold, opening arr, paid, subsidy, premium, usd,
  eur, gbp, annual revenue
password 3.2: password, passwd, pwd, passphrase, passcode, pin code, password hash,
  hashed password, password digest, pass word, user pass, kennwort, passwort, mot de passe,
  motdepasse, contrasena, contrasenya, senha, wachtwoord, losenord, adgangskode, passord,
  salasana, haslo, heslo, sifre, parola, 密码, パスワード, 비밀번호, пароль,
  security answer, secret answer,
  salt hash
token 3.0: api key, apikey, access token, refresh token, auth token, bearer token, secret key,
  private key, client secret, secret access key, access key, encryption key, signing key,
  session token, oauth token, id token, csrf token, webhook secret, mfa secret, totp secret,
  otp secret, ssh key, service account key, reset token, device token, push token,
  connection string, shared secret, license key
token 1.6: secret, token, credential, credentials, otp
"""
# A name of something that ends like a name of something else is no name of a person.
_NO_NAMES = """
brand, file, host, domain, table, column, schema, field, event, product, company, category, city,
country, region, state, store, shop, team, group, role, department, dept, building, project,
campaign, channel, plan, status, type, model, form, page, sheet, song, album, genre, track, film,
movie, game, item, sku, service, server, database, class, course, subject, school, airport,
station, bank, currency, language, source, system, queue, topic, job, task, metric, tag, label,
template, feature, flag, environment, app, application, device, browser, platform, resource, hub,
site, location, place, street, county, province, district, day, month, quarter, style, stage,
level, segment, industry, component, sprint, priority, issue, version, interest, topping, pizza,
drug, procedure, concept, vocabulary, hotel, restaurant, brewery, tournament, stadium, venue,
league, care, program, promo, promotion, organization, organisation, organizational, business,
tenant, legal, entity, vendor, supplier, merchant, carrier, warehouse, node, cluster, function,
parameter, variable, index, key, rule
"""
_PERSONS = """
person, people, user, employee, staff, customer, client, member, patient, contact, lead, student,
teacher, faculty, professor, instructor, agent, rep, salesperson, driver, passenger, guest,
applicant, candidate, subscriber, visitor, author, reviewer, reporter, assignee, creator, owner,
manager, supervisor, approver, requester, requestor, actor, artist, player, bowler, wrestler,
entertainer, composer, singer, director, sender, recipient, buyer, payer, payee, borrower, tenant,
donor, doctor, physician, provider, nurse, technician, engineer, worker, colleague, recruit,
attendee, participant, speaker, beneficiary, insured, policyholder, claimant, voter, citizen,
resident, parent, child, guardian, spouse, friend, follower, respondent, kunde, mitarbeiter,
benutzer, person, personne, cliente, empleado, usuario, persona, utilisateur, medewerker, klant,
profile
"""
_EITHER = "customer, client, tenant, ship, bill, billing, shipping, provider, buyer, lead"
_PLACES = """
store, shop, hub, airport, station, warehouse, branch, office, hotel, restaurant, city, country,
region, product, facility, building, venue, stadium, site, tree, trees, county, school, company,
supplier, vendor, plant, depot, property, listing, geography, territory, state, hospital
"""
_PAY_PLACES = (
    "hr, payroll, employee, compensation, salary, position, staff, worker, personnel, comp"
)
_TALK = """
ticket, call, chat, conversation, support, case, review, complaint, email, message, note, notes,
survey, patient, transcript, recording
"""
# After what was found, these say that the column holds something about it and not the thing.
_ABOUT = """
center, centre, reported,
count, counts, cnt, number of, num, qty, quantity, flag, status, state, type, kind, code, at, on,
date, datetime, time, timestamp, ts, day, days, month, year, verified, valid, validated,
confirmed, opened, clicked, bounced, sent, delivered, received, unsubscribed, opt, optin, optout,
opted, consent, template, subject, campaign, format, formatted, length, lenght, size, rate, ratio,
pct, percent, percentage, score, rank, index, version, enabled, required, attempts, domain,
provider, event, id, ids, key, sk, fk, ref, uuid, guid, category, class, group, source, channel,
method, policy, reset, expires, expiry, expired, changed, updated, created, verification, visible,
preference, preferences, level, min, max, limit, model, brand, description, desc, currency, unit,
units, exists, missing, duplicate, match, matched, error, quality, used, usage, list, path, queue,
server, carrier, country, region, tier, band, label, color, colour, width, height, weight, range,
interval, frequency, period, terms
"""
# Before it, these say so.
_BEFORE = """
is, has, was, should, can, may, num, number of, count, cnt, count of, no of, n, nb, flag, allow,
enable, enabled, requires, require, show, hide, include, exclude, use, valid, opted, avg days,
distinct, unique, missing, invalid, days since, opt in, opt out, last, latest, test
"""
_HASHES = """
hash, hashed, sha, sha1, sha256, sha512, md5, digest, hmac, crc, hashkey, fingerprint, pseudonym,
pseudonymized, tokenized
"""
_ABBREVIATIONS = """
nm name; fst first; lst last; addr address; adr address; ph phone; tel tel; mob mobile;
mbl mobile; cust customer; cli client; emp employee; empl employee; usr user; std student;
stud student; stdt student; fac faculty; stf staff; mbr member; agt agent; ent entertainer;
acct account; acc account; no number; num number; nbr number; nr number; nmbr number; dt date;
amt amount; bal balance; st street; eml email; pass password; pswd password; pw password;
msg message; txt text; ctry country; cntry country; org organization; co company; prod product;
cat category; desc description; gndr gender; ethn ethnicity; natl national; lic license;
licence license; cc credit card; crd card; dob dob; ip ip; zipcode zip; xaction transaction;
txn transaction; tran transaction; pymt payment; pmt payment; qty quantity; sched schedule;
comm commission; val value; curr currency; mth month; yr year; flg flag; ind flag; lbl label;
tk token; tkn token; pers person; pat patient; phn phone; fone phone; birth birth; brth birth;
lnm lname; fnm fname; mname middle name; mi middle initial; addr1 address 1; addr2 address 2;
address1 address 1; address2 address 2; cell cell
"""


def _phrases() -> Iterator[tuple[tuple[str, ...], DataClass, float]]:
    data_class, weight = DataClass.NAME, 0.0
    for line in _PHRASES.strip().splitlines():
        head, colon, rest = line.partition(":")
        if colon and not line.startswith(" "):
            named, _, number = head.partition(" ")
            data_class, weight = DataClass(named), float(number)
        else:
            rest = line
        for phrase in rest.split(","):
            if phrase.strip():
                yield tuple(fold(phrase).split()), data_class, weight


def _set(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.replace("\n", " ").split(",") if word.strip())


PHRASES: Mapping[tuple[str, ...], tuple[DataClass, float]] = {
    words: (data_class, weight) for words, data_class, weight in reversed(list(_phrases()))
}
JOINED: Mapping[str, tuple[str, ...]] = {
    "".join(words): words for words in PHRASES if len(words) > 1 and len("".join(words)) > 4
}
"""Phrases of several words as one, as people write them without a mark between."""
NO_NAMES, PERSONS, EITHER = _set(_NO_NAMES), _set(_PERSONS), _set(_EITHER)
PLACES, PAY_PLACES, TALK = _set(_PLACES), _set(_PAY_PLACES), _set(_TALK)
ABOUT, BEFORE, HASHES = _set(_ABOUT), _set(_BEFORE), _set(_HASHES)
ABBREVIATIONS: Mapping[str, tuple[str, ...]] = {
    parts[0]: tuple(parts[1:])
    for entry in _ABBREVIATIONS.replace("\n", " ").split(";")
    if (parts := entry.split())
}
KNOWN: frozenset[str] = (
    frozenset(word for words in PHRASES for word in words)
    | NO_NAMES | PERSONS | EITHER | PLACES | PAY_PLACES | TALK
    | frozenset(word for phrase in ABOUT | BEFORE for word in phrase.split())
    | HASHES
    | frozenset({"name", "value", "transaction", "payment", "schedule", "invoice", "primary"})
)  # fmt: skip
"""Every word that means something here: names without marks are cut where all parts are known."""
BEGINNING: dict[str, list[tuple[str, ...]]] = {}
"""Phrases by their first word."""
for _phrase in PHRASES:
    BEGINNING.setdefault(_phrase[0], []).append(_phrase)
UNSPACED: tuple[str, ...] = tuple(
    words[0] for words in PHRASES if len(words) == 1 and words[0][0] > "\u3040"
)
"""Phrases of scripts that are written without spaces: found wherever they stand in a name."""
