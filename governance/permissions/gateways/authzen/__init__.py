"""OpenID AuthZEN, Authorization API 1.0: whoever has a service account's token may ask.

    POST /access/v1/evaluation                     one question
    POST /access/v1/evaluations                    many, with three semantics
    POST /access/v1/search/subject|resource|action who may, what may be had, what may be done
    POST /access/v1/requests                       ask for an exception after a denial
    GET  /.well-known/authzen-configuration        where all that is

A denial is 200 with its reason. What is allowed in part carries obligations; who cannot fulfill
one has to deny. Searches cannot carry any, so they leave out what is restricted.
"""
