"""Addresses that lead to a private place, or nowhere, in every spelling that some program reads: data for tests."""

from __future__ import annotations

# Every spelling leads to 127.0.0.9 or another private place if it leads anywhere; {port} is that of a listener there.
SPELLINGS = """
http://127.0.0.9:{port}/ http://127.0.0.9.:{port}/ http://127.9:{port}/ http://127.0.9:{port}/ http://2130706441:{port}/
http://0x7f000009:{port}/ http://0X7F000009:{port}/ http://017700000011:{port}/ http://0x7f.0.0.9:{port}/ http://0177.0.0.9:{port}/
http://0177.0.0.011:{port}/ http://127.0.0.011:{port}/ http://0x7f.9:{port}/ http://127.0x0.0.9:{port}/ http://0000127.0.0.9:{port}/
http://127.000.000.009:{port}/ http://6425673737:{port}/ http://127.0.0.9%20:{port}/ http://127.0.0.9%00:{port}/ http://%31%32%37.0.0.9:{port}/
http://①②⑦.0.0.9:{port}/ http://127。0。0。9:{port}/ http://１２７.０.０.９:{port}/ http://127.0.0.９:{port}/
http://[::ffff:127.0.0.9]:{port}/ http://[::ffff:7f00:9]:{port}/ http://[0:0:0:0:0:ffff:127.0.0.9]:{port}/ http://[::127.0.0.9]:{port}/
http://[64:ff9b::127.0.0.9]:{port}/ http://[64:ff9b::7f00:9]:{port}/ http://[2002:7f00:9::]:{port}/ http://[::1]:{port}/ http://[::]:{port}/
http://[fe80::1%25eth0]:{port}/ http://[fe80::1%eth0]:{port}/ http://[v1.x]:{port}/ http://[127.0.0.9]:{port}/ http://[::1/:{port}/
http://localhost:{port}/ http://LOCALHOST:{port}/ http://localhost.:{port}/ http://inside.example:{port}/ http://INSIDE.EXAMPLE:{port}/
http://mixed.example:{port}/ http://mapped.example:{port}/ http://metadata.example:{port}/ http://scoped.example:{port}/
http://user@127.0.0.9:{port}/ http://user:word@inside.example:{port}/ http://public.example@127.0.0.9:{port}/ http://public.example:80@127.0.0.9:{port}/
http://127.0.0.9:{port}\\@public.example/ http://public.example\\@127.0.0.9:{port}/ http:\\\\127.0.0.9:{port}/
http:/127.0.0.9:{port}/ http:127.0.0.9:{port}/ http:///127.0.0.9:{port}/ //127.0.0.9:{port}/ 127.0.0.9:{port}/
https://127.0.0.9:{port}/ HTTP://127.0.0.9:{port}/
ftp://127.0.0.9:{port}/ file://127.0.0.9:{port}/etc/passwd gopher://127.0.0.9:{port}/_GET dict://127.0.0.9:{port}/ ws://127.0.0.9:{port}/
jar:http://127.0.0.9:{port}/ feed:http://127.0.0.9:{port}/ view-source:http://127.0.0.9:{port}/ javascript:alert(1) data:text/xml,x
http://169.254.169.254/latest/meta-data/ http://[fd00:ec2::254]/ http://100.100.100.200/ http://0.0.0.0:{port}/ http://0:{port}/ http://0/
http://10.0.0.1/ http://172.16.0.1/ http://192.168.1.1/ http://255.255.255.255/ http://224.0.0.1/ http://127.0.0.9:22/ http://127.0.0.9:99999/
http://127.0.0.9:-1/ http://127.0.0.9:0/ http://127.0.0.9:{port}0/ http:// http://? http://. http://.. http://%2e/ http://a..b/
""".split()  # noqa: SIM905  # a table, not a list

WITH_BLANKS = [
    " http://127.0.0.9:{port}/",
    "http://127.0.0.9:{port}/ ",
    "http://127.0.0.9\t:{port}/",
    "http://127.0.0.9:{port}/\r\nHost: x",
    "http://127.0.0.9\x00:{port}/",
    "http://127.0.0.9\u2028:{port}/",
    "\x01http://127.0.0.9:{port}/",
    "ht\ntp://127.0.0.9:{port}/",
    "http://127.0.0.9\u00a0:{port}/",
    "http://127.0.0.9\ufeff:{port}/",
    "http://127.0.0.9\u00ad:{port}/",
    "",
]

PRIVATE_NAMES = {
    "localhost": [["127.0.0.9", "::1"]],
    "localhost.": [["127.0.0.9"]],
    "inside.example": [["127.0.0.9"]],
    "mixed.example": [["93.184.215.14", "127.0.0.9"]],
    "mapped.example": [["::ffff:127.0.0.9"]],
    "metadata.example": [["169.254.169.254"]],
    "scoped.example": [["fe80::1%eth0"]],
    "public.example": [["127.0.0.9"]],
    "0": [["0.0.0.0"]],
}
