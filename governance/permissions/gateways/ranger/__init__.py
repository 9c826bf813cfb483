"""The door for plugins of Apache Ranger: the opt-outs in force as policies that they download.

    GET /gw/SECRET/service/plugins/policies/download/SERVICE
    GET /gw/SECRET/service/{roles,tags,xusers,gds}/download/SERVICE

and the same with `secure/`. A plugin decides by itself from what it downloaded last; it is told
everything by users, so that one document alone says what holds. `policies` writes it, `definition`
is what it is about. An answer never begins with the text at which plugins drop all policies.
"""
