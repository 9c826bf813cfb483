"""How the words of the field are shortened in names: each line a word, and what stands for it.

A short form may stand for more than one word (`inv`): then it is a line's for each of them. Only
what is common in many houses is here; what one house alone says is for its glossary.
"""

from __future__ import annotations

_LINES = """
account: acct acc accnt
accounting: acctg
accounts payable: ap
accounts receivable: ar
active: actv
actual: act actl
address: addr adr
adjustment: adj adjmt
administration: admin
agreement: agmt agrmt
allocation: alloc
amount: amt amnt
application: app appl
appointment: appt
approval: apprvl aprv
attribute: attr
authorization: auth authz
average: avg
balance: bal
bank: bnk
beginning: beg
benefit: bnft
birth date: dob bdate birthdt
branch: brn brnch
budget: bdgt bgt
building: bldg
business unit: bu
business: bus biz
calendar: cal
campaign: cmpgn camp cmp
cancelled: cncl canc
capacity: cap
category: cat catg ctg
center: ctr cntr
certificate: cert
change: chg
channel: chnl chan
charge: chrg chg
claim: clm
class: cls
client: clnt cli
code: cd
column: col
comma separated values: csv
comment: cmt cmnt
commission: comm
company: co comp cmpny
component: comp cmpnt
configuration: config cfg conf
confirmation: conf
consumer: cons
contact: cntct ctct
contract: contr ctrct cntrct
control: ctrl ctl
conversion: conv
cost of goods sold: cogs
count: cnt ct
country: ctry cntry
county: cnty
created: crt crtd cre
credit: cr crd crdt
currency: ccy curr cur
current: curr cur
customer relationship management: crm
customer: cust cstmr cus
daily: dly
database: db
date of birth: dob
date: dt
day: dy
debit: dr dbt
delete: del
deleted: del
delivery: dlvry dlv deliv
department: dept dpt
dependent: dep
deposit: dep dpst
depreciation: depr
description: desc descr dscr
destination: dest dst
detail: dtl det
diagnosis: diag dx
difference: diff
dimension: dim
discount: disc dsc dscnt
distribution: dist distr
district: dist
division: div
document: doc docu
domain name system: dns
duration: dur
earnings: earn
effective: eff
electronic: elec
email: eml
employee: emp empl ee
end of day: eod
end of month: eom
environment: env
equipment: equip eqp eqpt
error: err
estimate: est
estimated: est
event: evt
exchange rate: fx fxrate
exchange: exch xchg
execution: exec
expense: exp expn
expiration: exp expr expiry
extended: ext
extensible markup language: xml
external: ext
facility: fac fclty
fact: fct
first: fst frst
flag: flg ind
forecast: fcst frcst
foreign exchange: fx forex
frequency: freq
general data protection: gdpr
general ledger: gl
geography: geo
global positioning: gps
government: govt
gross: grs
group: grp
header: hdr
height: hgt ht
history: hist hst
hour: hr
human resources: hr
hypertext: http https html
identifier: id ident
image: img
income: inc
increment: incr
index: idx
indicator: ind
information: info
input: inp
insurance: ins insur
interest: int intr
internal: int intl
international: intl
inventory: inv invt invtry
investment: inv invst
invoice: inv invc
item: itm
job: jb
journal: jrnl jnl
kilogram: kg
language: lang lng
last: lst
latitude: lat
ledger: ldgr
length: len lgth
level: lvl lev
limit: lmt lim
line: ln
loan: ln
location: loc locn
longitude: lon lng long
maintenance: maint mnt
management: mgmt mgt
manager: mgr
manufacturer: mfr mfg
manufacturing: mfg
market: mkt
marketing: mktg mkt
maximum: max
measure: msr meas
medical: med
member: mbr mem
merchandise: mdse merch
merchant: mcht merch
message: msg
middle: mid mdl
minimum: min
minute: min
miscellaneous: misc
mobile subscriber: msisdn
month to date: mtd
month: mth mnth mo mon
monthly: mthly
mortgage: mtg
name: nm
national: natl
nationality: natl
negative: neg
network: netw ntwk
number: num nbr no nr
object: obj
operation: op oper
opportunity: opp oppty
option: opt
order: ord ordr
organization: org orgn
origin: orig
original: orig
output: outp
package: pkg
parameter: param parm prm
parent: par prnt
partner: ptnr prtnr
password: pwd passwd
patient: pat ptnt pt
payment: pmt pymt pay
pending: pend
percent: pct perc
percentage: pct perc
performance: perf
period: per prd
permanent: perm
person: pers prsn
phone: ph phn tel
physical: phys
point of sale: pos
policy: pol plcy
portable document format: pdf
position: pos
postal code: zip zipcode pcode
postal: pstl post
premium: prem
prescription: rx
previous: prev prv
price: prc
primary: prim pri
principal: prin princ
priority: prio pri
probability: prob
process: proc
product: prod prd prdct
profit and loss: pnl pl
program: prog pgm
project: proj prj
promotion: promo
property: prop
provider: prov
province: prov
purchase order: po
purchase: purch pur
quality: qual qlty
quantity: qty qnty quant
quarter to date: qtd
quarter: qtr
rate: rt
reason: rsn reas
receipt: rcpt rcp
receivable: rcvbl rec
received: rcvd recd rcv
record: rec rcd
reference: ref
region: reg rgn
registration: reg regn
relationship: rel rltn
report: rpt rep
representative: rep
request: req rqst
requirement: req rqmt
reservation: resv rsv
resource: res rsrc
response: resp rsp
result: rslt res
return: rtn ret
revenue: rev
review: rev
revision: rev
salary: sal
sales force: sfdc
sales: sls
sample: smpl
schedule: sched sch skd
secondary: sec
security: sec
segment: seg
sequence: seq
serial: ser
service: svc srv serv
session: sess
settlement: settl stlmt
shipment: shpmt shpt shp ship
shipping: shp ship
social security number: ssn
source: src
specification: spec
standard: std
start: strt
statement: stmt stmnt
statistics: stats
status: stat sts
stock keeping unit: sku
street: st str
structured query language: sql
subscriber: subscr sub
subscription: subscr sub subs
summary: summ sum smry
supplier: supp splr suppl
surrogate key: sk
system: sys
table: tbl
target: tgt trgt
technical: tech
telephone: tel phone
temperature: temp
temporary: temp tmp
territory: terr
ticket: tkt
time: tm
timestamp: ts tstamp
timezone: tz
total: tot ttl
transaction: txn trx trans tran trxn tx
transfer: xfer trf tfr trnsfr
treatment: tx trtmt
type: typ tp
unit of measure: uom
universal time: utc gmt
update: upd updt
updated: upd updt
user: usr
validation: valid val
value: val
variable: var
variance: var
vehicle: veh vhcl
vendor: vend vndr vnd
verification: verif
version: ver vers vsn
volume: vol
warehouse: whse wh whs
week: wk
weekly: wkly
weight: wgt wt
work order: wo
year over year: yoy
year to date: ytd
year: yr
yield: yld
"""


def groups() -> list[tuple[str, ...]]:
    """Of each word, first as it is spelled out and then what stands for it."""
    found = []
    for line in _LINES.strip().splitlines():
        word, _, short = line.partition(":")
        found.append((word, *short.split()))
    return found
