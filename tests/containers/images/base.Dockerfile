# Debian as the tests' machine has it: with the certificate authorities that this machine trusts.
FROM localhost/minbase
COPY usr /usr
COPY etc /etc
