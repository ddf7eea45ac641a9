# shellcheck shell=sh
#
# Certificates for servers that tests talk to, made as they are needed; source it after lib.sh.
#
#     authority              $work/authority.pem, which signs the others and which a client may trust
#     certificate NAME       $work/NAME.pem: certificate and key for smtp_fake -c; NAME is one of
#         good               for localhost and 127.0.0.1
#         elsewhere          for another host
#         expired            since yesterday
#         stranger           signed by itself

# shellcheck disable=SC2154 # $work is lib.sh's
new_key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

authority() {
	# shellcheck disable=SC2086 # a list of options
	openssl req -x509 $new_key -days 2 -subj '/CN=mailq test authority' \
		-keyout "$work/authority.key" -out "$work/authority.pem" 2>/dev/null
}

certificate() {
	host=localhost days=2 signed_by="-CA $work/authority.pem -CAkey $work/authority.key"
	case $1 in
	elsewhere) host=elsewhere.example ;;
	expired) days=-1 ;;
	stranger) signed_by="-signkey $work/$1.key" ;;
	esac
	names=DNS:$host
	[ $host = localhost ] && names=$names,IP:127.0.0.1

	# shellcheck disable=SC2086 # lists of options
	openssl req $new_key -subj "/CN=$host" -addext "subjectAltName=$names" \
		-keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null &&
		openssl x509 -req -in "$work/$1.csr" $signed_by -days $days -copy_extensions copy \
			-out "$work/$1.pem" 2>/dev/null &&
		cat "$work/$1.key" >>"$work/$1.pem"
}
