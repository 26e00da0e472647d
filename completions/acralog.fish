# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_acralog_global_optspecs
    string join \n config= h/help V/version
end

function __fish_acralog_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_acralog_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_acralog_using_subcommand
    set -l cmd (__fish_acralog_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c acralog -n "__fish_acralog_needs_command" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_needs_command" -s V -l version -d 'Print version'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "verify" -d 'Say whether a log is intact'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "grep" -d 'Print the entries of a log that match'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "stats" -d 'Count the entries of a log by code, client, hour or any field'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "convert" -d 'Write the events of a log in another format'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "report" -d 'Report what happened, and whether the log can be trusted'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "watch" -d 'Follow logs, prove them while they grow, and raise alarms'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "attest" -d 'Check the evidence that `verify --attest` leaves'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "bundle" -d 'Verify logs, and pack what was found into one file'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "keys" -d 'Look into Acra\'s keystore: which audit log keys are there, and can they be used'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "ledger" -d 'Look into a ledger: which chains are remembered, and is it the one it was'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "acra-log-verifier" -d 'Take the place of Acra\'s own verifier, with its flags and messages'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "codes" -d 'List the event codes of Acra, and what they mean'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "explain" -d 'Explain event codes: what happened, why, and what to do first'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "help" -d 'Print the help of a verb, as --help behind it does'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "man" -d 'Write the manual pages into a folder'
complete -c acralog -n "__fish_acralog_needs_command" -f -a "schema" -d 'Print the JSON Schema of a report'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l paths -d 'Where to look when no PATH is given, as a configuration file says it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l files-from -d 'Read further paths from LIST, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l inventory -d 'Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l stream-by -d 'Read files as one log when REGEX finds the same text in their paths' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l order-by -d 'Put the files of each log in this order, instead of the order that their names tell' -r -f -a "name\t'By path, oldest first, numbers by their value: `a.9` before `a.10`'
time\t'By the time of the first entry in each file; never by that of the file system, which copies lose'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l input-format -d 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error' -r -f -a "plaintext\t'`--logging_format=plaintext`'
json\t'`--logging_format=json`'
cef\t'`--logging_format=cef`'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l unwrap-from -d 'Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found' -r -f -a "ecs\t'Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well'
splunk-hec\t'Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event'
elastic-bulk\t'A bulk request to Elastic: actions, and documents after ECS'
docker\t'docker\'s json-file driver'
cri\t'The files of a Kubernetes node'
journald-json\t'`journalctl -o json`'
journald-short\t'`journalctl -o short` and its kin; the files of rsyslog'
syslog\t'Syslog with its priority, RFC 5424 and RFC 3164'
compose\t'`docker compose logs`: `web-1  | `'
pod-prefix\t'`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail'
timestamps\t'`docker logs -t`, `kubectl logs --timestamps`: a time and a blank'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l policy -d 'What to demand of the log' -r -f -a "default\t'Refuse what only an alteration explains, and what leaves nothing proven'
strict\t'Refuse everything that is not proven: warnings count'
acra\t'Tolerate what Acra\'s own verifier tolerates'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l gap -d 'Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l chain-max-age -d 'Demand that the verified entries of a chain span no more than DURATION: 12h, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l allow -d 'Count these findings as notes; several are separated by commas' -r -f -a "line-unsigned-inside-chain\t'lines without a seal stand between two signed entries of one chain'
line-foreign-inside-chain\t'lines that are no entries of any format stand between two signed entries of one chain'
line-repeated\t'entries that verified stand there a second time, byte for byte: delivered twice, or put there'
chain-repeated\t'a chain stands in the stream a second time: delivered twice, or replayed'
entry-out-of-time\t'entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ'
chain-unfinished\t'a chain has no end and another one begins: the service crashed, or the end was cut off'
lines-unsigned-at-end\t'lines without a seal stand at the end, after the last signed entry'
line-torn\t'a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off'
chain-open-at-end\t'the last chain has no end yet: a running service looks the same as a log whose tail was cut off'
stream-headless\t'entries stand here whose chain began in a file that is not here or was not read'
entry-reencoded\t'json of the same meaning in another spelling: these are not the bytes that were signed'
time-backwards\t'a chain begins earlier than the chain before it ended: chains may have been put into another order'
time-gap\t'between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time'
chain-too-old\t'the verified entries of one chain span more time than --chain-max-age allows'
chain-elsewhere\t'the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second'
file-skipped\t'a file was left out because its name is not that of a log, or it cannot be read as one'
file-double\t'a file was left out because it is the same file as another one, or holds the same rotation'
lines-unsigned-many\t'more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped'
start-up-beside-chain\t'the messages of a start, which no seal covers, stand among the entries of another instance'
lines-unsigned-beside-chain\t'lines without a seal, as a start writes them, stand among the entries of another instance'
lines-unsigned-not-start-up\t'lines without a seal stand before a chain that no start of a service writes: seals may have been stripped'
lines-unsigned-between-chains\t'lines without a seal stand before a chain, as the start of a service writes them'
chains-interleaved\t'several instances write into this stream; each chain was followed on its own'
lines-of-others\t'lines that another output or another process wrote, as their wrapper says, belong to no chain'
key-compromised\t'a chain is sealed with a key that its keystore marks as compromised'
key-outdated\t'a chain is sealed with an older key of the keystore than a chain above it'
key-unused\t'a key that was given fits no chain of any log'
chain-resumed\t'the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there'
chain-expired\t'chains or beginnings of chains that an earlier run proved are gone, and older than --retention'
ledger-new\t'the ledger remembers nothing yet, so there was nothing to compare with'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l undo -d 'How much to do to find out what stood in the place of an altered entry' -r -f -a "fast\t'Single edits and replaced values: a fifth of a second for each break, two seconds in all'
deep\t'Pairs of edits as well: some seconds for each break, a minute in all'
off\t'Nothing'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l ledger -d 'Hold the log against what FILE remembers of earlier runs, and remember this run in it' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l retention -d 'Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l unchanged-by -d 'By what a file counts as unchanged since an earlier run; several are separated by commas' -r -f -a "hash\t'The SHA-256 of its text: everything is read, nothing is believed'
ctime\t'Device, inode, size and ctime: believes the kernel and its clock, on ext, xfs, btrfs and f2fs'
append-only\t'The attribute of `chattr +a`, then and now: believes that root did not take it off, and reads on behind'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l explain -d 'Print one line in full instead of the report: what its seal is to cover, and what it was held against' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l output-format -l format -d 'How to print the report' -r -f -a "human\t'Text for people'
json\t'One JSON document'
jsonl\t'One JSON object per line, as the answer comes about'
junit\t'JUnit XML, for CI servers'
sarif\t'SARIF 2.1.0, for code scanning'
github\t'Annotations of GitHub Actions, with a step summary'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l attest -d 'State the answer in FILE for others, whole or not at all: an in-toto Statement over the SHA-256 of every input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l attest-key -d 'Sign what --attest writes with the Ed25519 private key in FILE (PKCS#8, PEM)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l color -d 'When to use colour in the human report' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l threads -d 'How many threads to use; the result does not depend on it [default: one per core]' -r
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l as-one-stream -d 'Read all files as one log, in the order given, whatever their names'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l require-end -d 'Demand that the last chain has its end: a log of a service that was stopped'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l missing-ok -d 'Count a missing file as a warning; without this the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l ledger-required -d 'Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l full -d 'Verify everything, unchanged or not; else only what follows what an earlier run verified, where that is unchanged'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -s q -l quiet -d 'Print nothing when the log is intact; otherwise the worst finding and the answer'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -s v -l verbose -d 'Say more: the order in which files are read, every chain and its key, notes'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -l no-progress -d 'Never draw a progress bar'
complete -c acralog -n "__fish_acralog_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l paths -d 'Where to look when no PATH is given, as a configuration file says it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l files-from -d 'Read further paths from LIST, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l inventory -d 'Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l stream-by -d 'Read files as one log when REGEX finds the same text in their paths' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l order-by -d 'Put the files of each log in this order, instead of the order that their names tell' -r -f -a "name\t'By path, oldest first, numbers by their value: `a.9` before `a.10`'
time\t'By the time of the first entry in each file; never by that of the file system, which copies lose'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l input-format -d 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error' -r -f -a "plaintext\t'`--logging_format=plaintext`'
json\t'`--logging_format=json`'
cef\t'`--logging_format=cef`'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l unwrap-from -d 'Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found' -r -f -a "ecs\t'Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well'
splunk-hec\t'Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event'
elastic-bulk\t'A bulk request to Elastic: actions, and documents after ECS'
docker\t'docker\'s json-file driver'
cri\t'The files of a Kubernetes node'
journald-json\t'`journalctl -o json`'
journald-short\t'`journalctl -o short` and its kin; the files of rsyslog'
syslog\t'Syslog with its priority, RFC 5424 and RFC 3164'
compose\t'`docker compose logs`: `web-1  | `'
pod-prefix\t'`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail'
timestamps\t'`docker logs -t`, `kubectl logs --timestamps`: a time and a blank'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s e -l regexp -d 'A regular expression on the message; may be repeated: one of them must match. Every word is a PATH then' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s f -l file -d 'Take the patterns from FILE, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l code -d 'Event codes: 560, 5xx, 510-514, identifiers; several are separated by commas (see `acralog codes`)' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l group -d 'Groups of event codes: censor, keys, ... (see `acralog codes`)' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l exclude-code -d 'Event codes to leave out' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l level -d 'Levels: error, error+ (and worse), info- (and less), several separated by commas' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l client -d 'Clients, whichever way Acra spells the field; a `*` at the end stands for anything' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l session -d 'Sessions, by number' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l product -d 'Services: acra-server, acra-translator' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l where -d 'Other fields: KEY=VALUE, KEY!=VALUE, KEY~REGEX, KEY!~REGEX, KEY>NUMBER, KEY? (is there); may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l sigma -d 'Entries that a rule of Sigma matches: a file, or a directory with all below it; may be repeated. Rules of correlation need more than one entry and select none' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l since -d 'Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l until -d 'Before TIME' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l timezone -d 'The time zone of --since and --until, and of the times that are shown to people: an IANA name' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l policy -d 'What to demand of the log' -r -f -a "default\t'Refuse what only an alteration explains, and what leaves nothing proven'
strict\t'Refuse everything that is not proven: warnings count'
acra\t'Tolerate what Acra\'s own verifier tolerates'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l gap -d 'Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l chain-max-age -d 'Demand that the verified entries of a chain span no more than DURATION: 12h, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l allow -d 'Count these findings as notes; several are separated by commas' -r -f -a "line-unsigned-inside-chain\t'lines without a seal stand between two signed entries of one chain'
line-foreign-inside-chain\t'lines that are no entries of any format stand between two signed entries of one chain'
line-repeated\t'entries that verified stand there a second time, byte for byte: delivered twice, or put there'
chain-repeated\t'a chain stands in the stream a second time: delivered twice, or replayed'
entry-out-of-time\t'entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ'
chain-unfinished\t'a chain has no end and another one begins: the service crashed, or the end was cut off'
lines-unsigned-at-end\t'lines without a seal stand at the end, after the last signed entry'
line-torn\t'a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off'
chain-open-at-end\t'the last chain has no end yet: a running service looks the same as a log whose tail was cut off'
stream-headless\t'entries stand here whose chain began in a file that is not here or was not read'
entry-reencoded\t'json of the same meaning in another spelling: these are not the bytes that were signed'
time-backwards\t'a chain begins earlier than the chain before it ended: chains may have been put into another order'
time-gap\t'between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time'
chain-too-old\t'the verified entries of one chain span more time than --chain-max-age allows'
chain-elsewhere\t'the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second'
file-skipped\t'a file was left out because its name is not that of a log, or it cannot be read as one'
file-double\t'a file was left out because it is the same file as another one, or holds the same rotation'
lines-unsigned-many\t'more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped'
start-up-beside-chain\t'the messages of a start, which no seal covers, stand among the entries of another instance'
lines-unsigned-beside-chain\t'lines without a seal, as a start writes them, stand among the entries of another instance'
lines-unsigned-not-start-up\t'lines without a seal stand before a chain that no start of a service writes: seals may have been stripped'
lines-unsigned-between-chains\t'lines without a seal stand before a chain, as the start of a service writes them'
chains-interleaved\t'several instances write into this stream; each chain was followed on its own'
lines-of-others\t'lines that another output or another process wrote, as their wrapper says, belong to no chain'
key-compromised\t'a chain is sealed with a key that its keystore marks as compromised'
key-outdated\t'a chain is sealed with an older key of the keystore than a chain above it'
key-unused\t'a key that was given fits no chain of any log'
chain-resumed\t'the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there'
chain-expired\t'chains or beginnings of chains that an earlier run proved are gone, and older than --retention'
ledger-new\t'the ledger remembers nothing yet, so there was nothing to compare with'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l undo -d 'How much to do to find out what stood in the place of an altered entry' -r -f -a "fast\t'Single edits and replaced values: a fifth of a second for each break, two seconds in all'
deep\t'Pairs of edits as well: some seconds for each break, a minute in all'
off\t'Nothing'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l ledger -d 'Hold the log against what FILE remembers of earlier runs, and remember this run in it' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l retention -d 'Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s m -l max-count -d 'Stop after NUM matches in each file; in all of them together with --merge and --follow' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s A -l after-context -d 'Print NUM lines after each match' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s B -l before-context -d 'Print NUM lines before each match' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s C -l context -d 'Print NUM lines before and after each match, where -A and -B say nothing else; -NUM is short for it' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l output-format -l format -d 'Print events instead of lines (json and jsonl: see `acralog schema grep-row`)' -r -f -a "json\t'One array of objects'
jsonl\t'One object per line'
csv\t'CSV quoted as RFC 4180 has it; lines end in a line feed'
table\t'Columns for people'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l fields -d 'What to print of each event, separated by commas: time, code, client_id, message, any key, ...' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l threads -d 'How many threads to use; the result does not depend on it [default: one per core]' -r
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l as-one-stream -d 'Read all files as one log, in the order given, whatever their names'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l follow -d 'Go on with what is written from now on, over every rotation, until you interrupt it'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l raw -d 'Match PATTERN against the whole line as it stands in the log'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s F -l fixed-strings -d 'Take PATTERN for plain text'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s E -l extended-regexp -d 'Take PATTERN for a regular expression, as is done anyway'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s i -l ignore-case -d 'Do not tell capital letters from small ones in PATTERN'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s w -l word-regexp -d 'PATTERN must match whole words'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s x -l line-regexp -d 'PATTERN must match the whole message; with --raw the whole line'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s v -l invert-match -d 'Print what does not match'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l verify -l verified -d 'Print only entries that verify, and end with the exit code of `verify` when something does not'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l require-end -d 'Demand that the last chain has its end: a log of a service that was stopped'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l missing-ok -d 'Count a missing file as a warning; without this the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l ledger-required -d 'Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s c -l count -d 'Print how many lines of each file match'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s l -l files-with-matches -d 'Print the names of the files in which something matches'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s L -l files-without-match -d 'Print the names of the files in which nothing matches'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s o -l only-matching -d 'Print what PATTERN matched and nothing of the rest of the line'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s n -l line-number -d 'Print the number of each line in front'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s H -l with-filename -d 'Print the name of the file in front of each line, as is done anyway when there are several'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l no-filename -d 'Never print the name of the file'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s z -l null-data -d 'End each line of the output with a zero byte, for `xargs -0`; compressed logs need no flag'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s r -l recursive -d 'Search directories recursively, as is done anyway'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l merge -d 'Put the matches of all files in the order of time'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -l no-progress -d 'Never draw a progress bar'
complete -c acralog -n "__fish_acralog_using_subcommand grep" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l paths -d 'Where to look when no PATH is given, as a configuration file says it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l files-from -d 'Read further paths from LIST, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l inventory -d 'Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l stream-by -d 'Read files as one log when REGEX finds the same text in their paths' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l order-by -d 'Put the files of each log in this order, instead of the order that their names tell' -r -f -a "name\t'By path, oldest first, numbers by their value: `a.9` before `a.10`'
time\t'By the time of the first entry in each file; never by that of the file system, which copies lose'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l input-format -d 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error' -r -f -a "plaintext\t'`--logging_format=plaintext`'
json\t'`--logging_format=json`'
cef\t'`--logging_format=cef`'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l unwrap-from -d 'Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found' -r -f -a "ecs\t'Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well'
splunk-hec\t'Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event'
elastic-bulk\t'A bulk request to Elastic: actions, and documents after ECS'
docker\t'docker\'s json-file driver'
cri\t'The files of a Kubernetes node'
journald-json\t'`journalctl -o json`'
journald-short\t'`journalctl -o short` and its kin; the files of rsyslog'
syslog\t'Syslog with its priority, RFC 5424 and RFC 3164'
compose\t'`docker compose logs`: `web-1  | `'
pod-prefix\t'`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail'
timestamps\t'`docker logs -t`, `kubectl logs --timestamps`: a time and a blank'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l by -d 'What to count by: code, group, level, client, session, hour, message, product, version, any key; several are separated by commas and make one row for each combination' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l top -d 'List the N highest counts and sum up the others' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s e -l regexp -d 'A regular expression on the message; may be repeated: one of them must match. Every word is a PATH then' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s f -l file -d 'Take the patterns from FILE, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l code -d 'Event codes: 560, 5xx, 510-514, identifiers; several are separated by commas (see `acralog codes`)' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l group -d 'Groups of event codes: censor, keys, ... (see `acralog codes`)' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l exclude-code -d 'Event codes to leave out' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l level -d 'Levels: error, error+ (and worse), info- (and less), several separated by commas' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l client -d 'Clients, whichever way Acra spells the field; a `*` at the end stands for anything' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l session -d 'Sessions, by number' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l product -d 'Services: acra-server, acra-translator' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l where -d 'Other fields: KEY=VALUE, KEY!=VALUE, KEY~REGEX, KEY!~REGEX, KEY>NUMBER, KEY? (is there); may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l sigma -d 'Entries that a rule of Sigma matches: a file, or a directory with all below it; may be repeated. Rules of correlation need more than one entry and select none' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l since -d 'Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l until -d 'Before TIME' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l timezone -d 'The time zone of --since and --until, and of the times that are shown to people: an IANA name' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l policy -d 'What to demand of the log' -r -f -a "default\t'Refuse what only an alteration explains, and what leaves nothing proven'
strict\t'Refuse everything that is not proven: warnings count'
acra\t'Tolerate what Acra\'s own verifier tolerates'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l gap -d 'Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l chain-max-age -d 'Demand that the verified entries of a chain span no more than DURATION: 12h, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l allow -d 'Count these findings as notes; several are separated by commas' -r -f -a "line-unsigned-inside-chain\t'lines without a seal stand between two signed entries of one chain'
line-foreign-inside-chain\t'lines that are no entries of any format stand between two signed entries of one chain'
line-repeated\t'entries that verified stand there a second time, byte for byte: delivered twice, or put there'
chain-repeated\t'a chain stands in the stream a second time: delivered twice, or replayed'
entry-out-of-time\t'entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ'
chain-unfinished\t'a chain has no end and another one begins: the service crashed, or the end was cut off'
lines-unsigned-at-end\t'lines without a seal stand at the end, after the last signed entry'
line-torn\t'a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off'
chain-open-at-end\t'the last chain has no end yet: a running service looks the same as a log whose tail was cut off'
stream-headless\t'entries stand here whose chain began in a file that is not here or was not read'
entry-reencoded\t'json of the same meaning in another spelling: these are not the bytes that were signed'
time-backwards\t'a chain begins earlier than the chain before it ended: chains may have been put into another order'
time-gap\t'between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time'
chain-too-old\t'the verified entries of one chain span more time than --chain-max-age allows'
chain-elsewhere\t'the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second'
file-skipped\t'a file was left out because its name is not that of a log, or it cannot be read as one'
file-double\t'a file was left out because it is the same file as another one, or holds the same rotation'
lines-unsigned-many\t'more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped'
start-up-beside-chain\t'the messages of a start, which no seal covers, stand among the entries of another instance'
lines-unsigned-beside-chain\t'lines without a seal, as a start writes them, stand among the entries of another instance'
lines-unsigned-not-start-up\t'lines without a seal stand before a chain that no start of a service writes: seals may have been stripped'
lines-unsigned-between-chains\t'lines without a seal stand before a chain, as the start of a service writes them'
chains-interleaved\t'several instances write into this stream; each chain was followed on its own'
lines-of-others\t'lines that another output or another process wrote, as their wrapper says, belong to no chain'
key-compromised\t'a chain is sealed with a key that its keystore marks as compromised'
key-outdated\t'a chain is sealed with an older key of the keystore than a chain above it'
key-unused\t'a key that was given fits no chain of any log'
chain-resumed\t'the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there'
chain-expired\t'chains or beginnings of chains that an earlier run proved are gone, and older than --retention'
ledger-new\t'the ledger remembers nothing yet, so there was nothing to compare with'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l undo -d 'How much to do to find out what stood in the place of an altered entry' -r -f -a "fast\t'Single edits and replaced values: a fifth of a second for each break, two seconds in all'
deep\t'Pairs of edits as well: some seconds for each break, a minute in all'
off\t'Nothing'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l ledger -d 'Hold the log against what FILE remembers of earlier runs, and remember this run in it' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l retention -d 'Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l output-format -l format -d 'The format of the counts (json: see `acralog schema stats`)' -r -f -a "table\t'Columns for people'
json\t'One JSON document'
csv\t'CSV quoted as RFC 4180 has it; lines end in a line feed'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l threads -d 'How many threads to use; the result does not depend on it [default: one per core]' -r
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l as-one-stream -d 'Read all files as one log, in the order given, whatever their names'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l raw -d 'Match PATTERN against the whole line as it stands in the log'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s F -l fixed-strings -d 'Take PATTERN for plain text'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s E -l extended-regexp -d 'Take PATTERN for a regular expression, as is done anyway'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s i -l ignore-case -d 'Do not tell capital letters from small ones in PATTERN'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s w -l word-regexp -d 'PATTERN must match whole words'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s x -l line-regexp -d 'PATTERN must match the whole message; with --raw the whole line'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l verify -l verified -d 'Count only entries that verify, and end with the exit code of `verify` when something does not'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l require-end -d 'Demand that the last chain has its end: a log of a service that was stopped'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l missing-ok -d 'Count a missing file as a warning; without this the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l ledger-required -d 'Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -l no-progress -d 'Never draw a progress bar'
complete -c acralog -n "__fish_acralog_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l paths -d 'Where to look when no PATH is given, as a configuration file says it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l files-from -d 'Read further paths from LIST, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l inventory -d 'Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l stream-by -d 'Read files as one log when REGEX finds the same text in their paths' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l order-by -d 'Put the files of each log in this order, instead of the order that their names tell' -r -f -a "name\t'By path, oldest first, numbers by their value: `a.9` before `a.10`'
time\t'By the time of the first entry in each file; never by that of the file system, which copies lose'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l input-format -d 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error' -r -f -a "plaintext\t'`--logging_format=plaintext`'
json\t'`--logging_format=json`'
cef\t'`--logging_format=cef`'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l unwrap-from -d 'Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found' -r -f -a "ecs\t'Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well'
splunk-hec\t'Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event'
elastic-bulk\t'A bulk request to Elastic: actions, and documents after ECS'
docker\t'docker\'s json-file driver'
cri\t'The files of a Kubernetes node'
journald-json\t'`journalctl -o json`'
journald-short\t'`journalctl -o short` and its kin; the files of rsyslog'
syslog\t'Syslog with its priority, RFC 5424 and RFC 3164'
compose\t'`docker compose logs`: `web-1  | `'
pod-prefix\t'`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail'
timestamps\t'`docker logs -t`, `kubectl logs --timestamps`: a time and a blank'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l to -l output-format -l format -d 'The format to write' -r -f -a "cef\t'Common Event Format, valid by its specification (see --cef-style)'
leef\t'LEEF 2.0, for QRadar'
ecs\t'Elastic Common Schema'
ocsf\t'Open Cybersecurity Schema Framework'
gelf\t'GELF 1.1, for Graylog'
csv\t'CSV quoted as RFC 4180 has it, for spreadsheets; lines end in a line feed'
json\t'As Acra writes it with `--logging_format=json`'
plaintext\t'As Acra writes it with `--logging_format=plaintext`'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l cef-style -d 'Which CEF to write' -r -f -a "spec\t'Valid by the specification, which Acra\'s own is not'
acra\t'As Acra writes it with `--logging_format=cef`, byte for byte'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l cef-name -d 'What the name of a CEF event is' -r -f -a "catalogue\t'The title of the code; the message stands in `msg`'
message\t'The message'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l severity -d 'Where the severity comes from' -r -f -a "catalogue\t'From the event code, see `acralog codes`'
acra\t'From the level, as Acra has it'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l fields -d 'The columns of csv, separated by commas' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l envelope -d 'What to put around each event' -r -f -a "syslog-rfc5424\t'Syslog with structured data'
syslog-rfc3164\t'The older syslog'
splunk-hec\t'Splunk\'s HTTP event collector'
elastic-bulk\t'The _bulk interface of Elasticsearch'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l framing -d 'How syslog messages are told apart' -r -f -a "lf\t'A line feed behind each message'
octet-counting\t'Its length in front of each message (RFC 6587), as TLS demands it'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l sd-id -d 'The id of the structured data of RFC 5424: a name, `@`, and your enterprise number' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l product -d 'The name of the service where neither the entry nor a start-up line says it' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l host -d 'The host the log comes from; it does not stand in the log' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l policy -d 'What to demand of the log' -r -f -a "default\t'Refuse what only an alteration explains, and what leaves nothing proven'
strict\t'Refuse everything that is not proven: warnings count'
acra\t'Tolerate what Acra\'s own verifier tolerates'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l gap -d 'Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l chain-max-age -d 'Demand that the verified entries of a chain span no more than DURATION: 12h, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l allow -d 'Count these findings as notes; several are separated by commas' -r -f -a "line-unsigned-inside-chain\t'lines without a seal stand between two signed entries of one chain'
line-foreign-inside-chain\t'lines that are no entries of any format stand between two signed entries of one chain'
line-repeated\t'entries that verified stand there a second time, byte for byte: delivered twice, or put there'
chain-repeated\t'a chain stands in the stream a second time: delivered twice, or replayed'
entry-out-of-time\t'entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ'
chain-unfinished\t'a chain has no end and another one begins: the service crashed, or the end was cut off'
lines-unsigned-at-end\t'lines without a seal stand at the end, after the last signed entry'
line-torn\t'a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off'
chain-open-at-end\t'the last chain has no end yet: a running service looks the same as a log whose tail was cut off'
stream-headless\t'entries stand here whose chain began in a file that is not here or was not read'
entry-reencoded\t'json of the same meaning in another spelling: these are not the bytes that were signed'
time-backwards\t'a chain begins earlier than the chain before it ended: chains may have been put into another order'
time-gap\t'between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time'
chain-too-old\t'the verified entries of one chain span more time than --chain-max-age allows'
chain-elsewhere\t'the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second'
file-skipped\t'a file was left out because its name is not that of a log, or it cannot be read as one'
file-double\t'a file was left out because it is the same file as another one, or holds the same rotation'
lines-unsigned-many\t'more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped'
start-up-beside-chain\t'the messages of a start, which no seal covers, stand among the entries of another instance'
lines-unsigned-beside-chain\t'lines without a seal, as a start writes them, stand among the entries of another instance'
lines-unsigned-not-start-up\t'lines without a seal stand before a chain that no start of a service writes: seals may have been stripped'
lines-unsigned-between-chains\t'lines without a seal stand before a chain, as the start of a service writes them'
chains-interleaved\t'several instances write into this stream; each chain was followed on its own'
lines-of-others\t'lines that another output or another process wrote, as their wrapper says, belong to no chain'
key-compromised\t'a chain is sealed with a key that its keystore marks as compromised'
key-outdated\t'a chain is sealed with an older key of the keystore than a chain above it'
key-unused\t'a key that was given fits no chain of any log'
chain-resumed\t'the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there'
chain-expired\t'chains or beginnings of chains that an earlier run proved are gone, and older than --retention'
ledger-new\t'the ledger remembers nothing yet, so there was nothing to compare with'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l undo -d 'How much to do to find out what stood in the place of an altered entry' -r -f -a "fast\t'Single edits and replaced values: a fifth of a second for each break, two seconds in all'
deep\t'Pairs of edits as well: some seconds for each break, a minute in all'
off\t'Nothing'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l ledger -d 'Hold the log against what FILE remembers of earlier runs, and remember this run in it' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l retention -d 'Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l color -d 'Taken as by every verb; nothing that this one prints has colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l threads -d 'How many threads to use; the result does not depend on it [default: one per core]' -r
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l as-one-stream -d 'Read all files as one log, in the order given, whatever their names'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l follow -d 'Go on with what is written from now on, over every rotation, until you interrupt it'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l json -d 'The same as --to json'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l keep-raw -d 'Carry the original line along, for evidence and for `verify --unwrap-from`'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l verify -l verified -d 'Verify on the way: every event says whether it verified, and the exit code is that of `verify`; not with json, plaintext and `--cef-style acra`, which have no place for it but in a syslog-rfc5424 or splunk-hec envelope'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l lossy -d 'Pass on lines that are no entries, marked, instead of leaving them out with exit 2'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l validate -d 'Write nothing, but say what a strict reader of CEF would refuse in lines of CEF'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l require-end -d 'Demand that the last chain has its end: a log of a service that was stopped'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l missing-ok -d 'Count a missing file as a warning; without this the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l ledger-required -d 'Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -s q -l quiet -d 'Do not say what the format could not carry'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -l no-progress -d 'Never draw a progress bar'
complete -c acralog -n "__fish_acralog_using_subcommand convert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l paths -d 'Where to look when no PATH is given, as a configuration file says it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l files-from -d 'Read further paths from LIST, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l inventory -d 'Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l stream-by -d 'Read files as one log when REGEX finds the same text in their paths' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l order-by -d 'Put the files of each log in this order, instead of the order that their names tell' -r -f -a "name\t'By path, oldest first, numbers by their value: `a.9` before `a.10`'
time\t'By the time of the first entry in each file; never by that of the file system, which copies lose'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l input-format -d 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error' -r -f -a "plaintext\t'`--logging_format=plaintext`'
json\t'`--logging_format=json`'
cef\t'`--logging_format=cef`'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l unwrap-from -d 'Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found' -r -f -a "ecs\t'Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well'
splunk-hec\t'Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event'
elastic-bulk\t'A bulk request to Elastic: actions, and documents after ECS'
docker\t'docker\'s json-file driver'
cri\t'The files of a Kubernetes node'
journald-json\t'`journalctl -o json`'
journald-short\t'`journalctl -o short` and its kin; the files of rsyslog'
syslog\t'Syslog with its priority, RFC 5424 and RFC 3164'
compose\t'`docker compose logs`: `web-1  | `'
pod-prefix\t'`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail'
timestamps\t'`docker logs -t`, `kubectl logs --timestamps`: a time and a blank'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l since -d 'Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l until -d 'Before TIME; of a local time that comes twice the last is meant, as --since means the first' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l timezone -d 'The time zone of --since and --until: an IANA name; the report itself is in UTC' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l client -d 'Clients, whichever way Acra spells the field; a `*` anywhere stands for anything: `*app`' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l rules -d 'Take the rules from FILE, in TOML; what it does not set stays as it is. It comes after the rules of the configuration file' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l set -d 'Change a setting of a rule: `sql-firewall.at-least=20`; comes after --rules, and may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l sigma -d 'Raise incidents by rules of Sigma as well, those of correlation included: a file, or a directory with all below it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l fail-on -d 'End with exit 1 when an incident is at least this severe' -r -f -a "low\t'Any incident'
medium\t'Severity 4 of 10 and worse'
high\t'Severity 7 of 10 and worse'
critical\t'Severity 9 and 10 of 10'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand report" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l policy -d 'What to demand of the log' -r -f -a "default\t'Refuse what only an alteration explains, and what leaves nothing proven'
strict\t'Refuse everything that is not proven: warnings count'
acra\t'Tolerate what Acra\'s own verifier tolerates'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l gap -d 'Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l chain-max-age -d 'Demand that the verified entries of a chain span no more than DURATION: 12h, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l allow -d 'Count these findings as notes; several are separated by commas' -r -f -a "line-unsigned-inside-chain\t'lines without a seal stand between two signed entries of one chain'
line-foreign-inside-chain\t'lines that are no entries of any format stand between two signed entries of one chain'
line-repeated\t'entries that verified stand there a second time, byte for byte: delivered twice, or put there'
chain-repeated\t'a chain stands in the stream a second time: delivered twice, or replayed'
entry-out-of-time\t'entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ'
chain-unfinished\t'a chain has no end and another one begins: the service crashed, or the end was cut off'
lines-unsigned-at-end\t'lines without a seal stand at the end, after the last signed entry'
line-torn\t'a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off'
chain-open-at-end\t'the last chain has no end yet: a running service looks the same as a log whose tail was cut off'
stream-headless\t'entries stand here whose chain began in a file that is not here or was not read'
entry-reencoded\t'json of the same meaning in another spelling: these are not the bytes that were signed'
time-backwards\t'a chain begins earlier than the chain before it ended: chains may have been put into another order'
time-gap\t'between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time'
chain-too-old\t'the verified entries of one chain span more time than --chain-max-age allows'
chain-elsewhere\t'the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second'
file-skipped\t'a file was left out because its name is not that of a log, or it cannot be read as one'
file-double\t'a file was left out because it is the same file as another one, or holds the same rotation'
lines-unsigned-many\t'more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped'
start-up-beside-chain\t'the messages of a start, which no seal covers, stand among the entries of another instance'
lines-unsigned-beside-chain\t'lines without a seal, as a start writes them, stand among the entries of another instance'
lines-unsigned-not-start-up\t'lines without a seal stand before a chain that no start of a service writes: seals may have been stripped'
lines-unsigned-between-chains\t'lines without a seal stand before a chain, as the start of a service writes them'
chains-interleaved\t'several instances write into this stream; each chain was followed on its own'
lines-of-others\t'lines that another output or another process wrote, as their wrapper says, belong to no chain'
key-compromised\t'a chain is sealed with a key that its keystore marks as compromised'
key-outdated\t'a chain is sealed with an older key of the keystore than a chain above it'
key-unused\t'a key that was given fits no chain of any log'
chain-resumed\t'the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there'
chain-expired\t'chains or beginnings of chains that an earlier run proved are gone, and older than --retention'
ledger-new\t'the ledger remembers nothing yet, so there was nothing to compare with'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l undo -d 'How much to do to find out what stood in the place of an altered entry' -r -f -a "fast\t'Single edits and replaced values: a fifth of a second for each break, two seconds in all'
deep\t'Pairs of edits as well: some seconds for each break, a minute in all'
off\t'Nothing'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l ledger -d 'Hold the log against what FILE remembers of earlier runs, and remember this run in it' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l retention -d 'Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redact -d 'Replace by pseudonyms, in the whole report; several are separated by commas' -r -f -a "client_id\t'Names of clients, wherever they stand: client-1, client-2, ...'
error\t'The field `error` of the entries that are quoted: error-1, ...'
sql\t'What may be SQL or data in messages and errors that are quoted: sql-1, ...'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l title -d 'What the report is called' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l case-id -d 'The number of the case the report belongs to' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l generated-at -d 'State when the report was made: `now`, or a time of RFC 3339; without it, the same log gives the same bytes' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l output-format -l format -d 'The format of the report' -r -f -a "text\t'For people, in 80 columns: mails, terminals'
markdown\t'For tickets and wikis'
html\t'One page that needs nothing else, for auditors'
json\t'One JSON document'
csv\t'The incidents alone, for spreadsheets'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l color -d 'Taken as by every verb; nothing that this one prints has colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand report" -l threads -d 'How many threads to use; the result does not depend on it [default: one per core]' -r
complete -c acralog -n "__fish_acralog_using_subcommand report" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand report" -l as-one-stream -d 'Read all files as one log, in the order given, whatever their names'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l sessions -d 'List every session with its client and its addresses'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l print-rules -d 'Print the default rules as a file for --rules, with what they mean, and nothing else'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l verify -l verified -d 'End with the exit code of `verify` when the log is not intact'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l require-end -d 'Demand that the last chain has its end: a log of a service that was stopped'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l missing-ok -d 'Count a missing file as a warning; without this the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l ledger-required -d 'Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l full -d 'Tell everything in text, markdown and html too, however long it gets; json and csv always do'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand report" -s q -l quiet -d 'Say no warnings on standard error: the report and the exit code are the answer'
complete -c acralog -n "__fish_acralog_using_subcommand report" -l no-progress -d 'Never draw a progress bar'
complete -c acralog -n "__fish_acralog_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l paths -d 'Where to look when no PATH is given, as a configuration file says it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l files-from -d 'Read further paths from LIST, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l inventory -d 'Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l stream-by -d 'Read files as one log when REGEX finds the same text in their paths' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l order-by -d 'Put the files of each log in this order, instead of the order that their names tell' -r -f -a "name\t'By path, oldest first, numbers by their value: `a.9` before `a.10`'
time\t'By the time of the first entry in each file; never by that of the file system, which copies lose'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l input-format -d 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error' -r -f -a "plaintext\t'`--logging_format=plaintext`'
json\t'`--logging_format=json`'
cef\t'`--logging_format=cef`'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l unwrap-from -d 'Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found' -r -f -a "ecs\t'Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well'
splunk-hec\t'Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event'
elastic-bulk\t'A bulk request to Elastic: actions, and documents after ECS'
docker\t'docker\'s json-file driver'
cri\t'The files of a Kubernetes node'
journald-json\t'`journalctl -o json`'
journald-short\t'`journalctl -o short` and its kin; the files of rsyslog'
syslog\t'Syslog with its priority, RFC 5424 and RFC 3164'
compose\t'`docker compose logs`: `web-1  | `'
pod-prefix\t'`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail'
timestamps\t'`docker logs -t`, `kubectl logs --timestamps`: a time and a blank'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l from -d 'Where to begin: `end` reads only what is written from now on, and what an open chain goes on with is not proven' -r -f -a "beginning\t'Verify what is there first; with --ledger, only what follows on what an earlier run verified'
end\t'Read only what is written from now on'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l why -d 'Say why the entry at FILE:LINE raised an alarm or none; with --replay' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l compare -d 'Say which alarms other rules would raise: those of the configuration FILE; with --replay' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s e -l regexp -d 'A regular expression on the message; may be repeated: one of them must match. Every word is a PATH then' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s f -l file -d 'Take the patterns from FILE, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l code -d 'Event codes: 560, 5xx, 510-514, identifiers; several are separated by commas (see `acralog codes`)' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l group -d 'Groups of event codes: censor, keys, ... (see `acralog codes`)' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l exclude-code -d 'Event codes to leave out' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l level -d 'Levels: error, error+ (and worse), info- (and less), several separated by commas' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l client -d 'Clients, whichever way Acra spells the field; a `*` at the end stands for anything' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l session -d 'Sessions, by number' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l product -d 'Services: acra-server, acra-translator' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l where -d 'Other fields: KEY=VALUE, KEY!=VALUE, KEY~REGEX, KEY!~REGEX, KEY>NUMBER, KEY? (is there); may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l sigma -d 'Entries that a rule of Sigma matches: a file, or a directory with all below it; may be repeated. Rules of correlation need more than one entry and select none' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l since -d 'Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l until -d 'Before TIME' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l timezone -d 'The time zone of --since and --until, and of the times that are shown to people: an IANA name' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l rules -d 'Take the rules from FILE, in TOML; what it does not set stays as it is. It comes after the rules of the configuration file' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l set -d 'Change a setting of a rule: `sql-firewall.at-least=20`; comes after --rules, and may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l min-severity -d 'Print only alarms that are at least this severe; each reaction has a condition of its own' -r -f -a "low\t'Any incident'
medium\t'Severity 4 of 10 and worse'
high\t'Severity 7 of 10 and worse'
critical\t'Severity 9 and 10 of 10'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l policy -d 'What to demand of the log' -r -f -a "default\t'Refuse what only an alteration explains, and what leaves nothing proven'
strict\t'Refuse everything that is not proven: warnings count'
acra\t'Tolerate what Acra\'s own verifier tolerates'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l gap -d 'Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l chain-max-age -d 'Demand that the verified entries of a chain span no more than DURATION: 12h, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l allow -d 'Count these findings as notes; several are separated by commas' -r -f -a "line-unsigned-inside-chain\t'lines without a seal stand between two signed entries of one chain'
line-foreign-inside-chain\t'lines that are no entries of any format stand between two signed entries of one chain'
line-repeated\t'entries that verified stand there a second time, byte for byte: delivered twice, or put there'
chain-repeated\t'a chain stands in the stream a second time: delivered twice, or replayed'
entry-out-of-time\t'entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ'
chain-unfinished\t'a chain has no end and another one begins: the service crashed, or the end was cut off'
lines-unsigned-at-end\t'lines without a seal stand at the end, after the last signed entry'
line-torn\t'a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off'
chain-open-at-end\t'the last chain has no end yet: a running service looks the same as a log whose tail was cut off'
stream-headless\t'entries stand here whose chain began in a file that is not here or was not read'
entry-reencoded\t'json of the same meaning in another spelling: these are not the bytes that were signed'
time-backwards\t'a chain begins earlier than the chain before it ended: chains may have been put into another order'
time-gap\t'between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time'
chain-too-old\t'the verified entries of one chain span more time than --chain-max-age allows'
chain-elsewhere\t'the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second'
file-skipped\t'a file was left out because its name is not that of a log, or it cannot be read as one'
file-double\t'a file was left out because it is the same file as another one, or holds the same rotation'
lines-unsigned-many\t'more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped'
start-up-beside-chain\t'the messages of a start, which no seal covers, stand among the entries of another instance'
lines-unsigned-beside-chain\t'lines without a seal, as a start writes them, stand among the entries of another instance'
lines-unsigned-not-start-up\t'lines without a seal stand before a chain that no start of a service writes: seals may have been stripped'
lines-unsigned-between-chains\t'lines without a seal stand before a chain, as the start of a service writes them'
chains-interleaved\t'several instances write into this stream; each chain was followed on its own'
lines-of-others\t'lines that another output or another process wrote, as their wrapper says, belong to no chain'
key-compromised\t'a chain is sealed with a key that its keystore marks as compromised'
key-outdated\t'a chain is sealed with an older key of the keystore than a chain above it'
key-unused\t'a key that was given fits no chain of any log'
chain-resumed\t'the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there'
chain-expired\t'chains or beginnings of chains that an earlier run proved are gone, and older than --retention'
ledger-new\t'the ledger remembers nothing yet, so there was nothing to compare with'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l undo -d 'How much to do to find out what stood in the place of an altered entry' -r -f -a "fast\t'Single edits and replaced values: a fifth of a second for each break, two seconds in all'
deep\t'Pairs of edits as well: some seconds for each break, a minute in all'
off\t'Nothing'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l ledger -d 'Hold the log against what FILE remembers of earlier runs, and remember this run in it' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l retention -d 'Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l state -d 'Remember in DIR which alarms there were and who was told of them' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l forget-after -d 'Forget alarms that are over after DURATION: longer than logs stay where they are read' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l test-reaction -d 'Have the reaction NAME do what it does, once, with a made-up alarm that says so, and nothing else' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l metrics-listen -d 'Answer Prometheus at ADDRESS: /metrics, and /healthz and /readyz for whoever starts it; 127.0.0.1:9187' -r
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l output-format -l format -d 'The format of the alarms (jsonl: see `acralog schema watch-alarm`, and watch-comparison for --compare)' -r -f -a "human\t'For people: one line for each change of an alarm, and what to do first'
jsonl\t'One JSON document for each change of an alarm'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l as-one-stream -d 'Read all files as one log, in the order given, whatever their names'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l replay -d 'Read the logs as they are, to their end, and raise the alarms that would have been raised while they were written'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l raw -d 'Match PATTERN against the whole line as it stands in the log'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s F -l fixed-strings -d 'Take PATTERN for plain text'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s E -l extended-regexp -d 'Take PATTERN for a regular expression, as is done anyway'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s i -l ignore-case -d 'Do not tell capital letters from small ones in PATTERN'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s w -l word-regexp -d 'PATTERN must match whole words'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s x -l line-regexp -d 'PATTERN must match the whole message; with --raw the whole line'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l require-end -d 'Demand that the last chain has its end: a log of a service that was stopped'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l missing-ok -d 'Count a missing file as a warning; without this the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l ledger-required -d 'Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l dry-run -d 'Do nothing about alarms, and say what would be done; with --replay, what would have been done'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -l jsonl -d 'Print alarms for programs: --output-format jsonl'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c acralog -n "__fish_acralog_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand attest; and not __fish_seen_subcommand_from check" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand attest; and not __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand attest; and not __fish_seen_subcommand_from check" -f -a "check" -d 'Say whether a key signed an attestation, what it says, and whether files are those it is about'
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -l key -d 'The Ed25519 public key of who signed it (PEM): from somewhere else than the attestation' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -l require -d 'Demand this answer of the attestation: any other makes the exit code that of `verify`' -r -f -a "intact\t'Every signed entry verified, nothing that the policy forbids'"
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -l output-format -l format -d 'How to print what was found' -r -f -a "human\t'Text for people'
json\t'One JSON document'"
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand attest; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l paths -d 'Where to look when no PATH is given, as a configuration file says it; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l files-from -d 'Read further paths from LIST, one per line; `-` is standard input' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l inventory -d 'Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l stream-by -d 'Read files as one log when REGEX finds the same text in their paths' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l order-by -d 'Put the files of each log in this order, instead of the order that their names tell' -r -f -a "name\t'By path, oldest first, numbers by their value: `a.9` before `a.10`'
time\t'By the time of the first entry in each file; never by that of the file system, which copies lose'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l input-format -d 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error' -r -f -a "plaintext\t'`--logging_format=plaintext`'
json\t'`--logging_format=json`'
cef\t'`--logging_format=cef`'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l unwrap-from -d 'Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found' -r -f -a "ecs\t'Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well'
splunk-hec\t'Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event'
elastic-bulk\t'A bulk request to Elastic: actions, and documents after ECS'
docker\t'docker\'s json-file driver'
cri\t'The files of a Kubernetes node'
journald-json\t'`journalctl -o json`'
journald-short\t'`journalctl -o short` and its kin; the files of rsyslog'
syslog\t'Syslog with its priority, RFC 5424 and RFC 3164'
compose\t'`docker compose logs`: `web-1  | `'
pod-prefix\t'`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail'
timestamps\t'`docker logs -t`, `kubectl logs --timestamps`: a time and a blank'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l policy -d 'What to demand of the log' -r -f -a "default\t'Refuse what only an alteration explains, and what leaves nothing proven'
strict\t'Refuse everything that is not proven: warnings count'
acra\t'Tolerate what Acra\'s own verifier tolerates'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l gap -d 'Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l chain-max-age -d 'Demand that the verified entries of a chain span no more than DURATION: 12h, 2d' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l allow -d 'Count these findings as notes; several are separated by commas' -r -f -a "line-unsigned-inside-chain\t'lines without a seal stand between two signed entries of one chain'
line-foreign-inside-chain\t'lines that are no entries of any format stand between two signed entries of one chain'
line-repeated\t'entries that verified stand there a second time, byte for byte: delivered twice, or put there'
chain-repeated\t'a chain stands in the stream a second time: delivered twice, or replayed'
entry-out-of-time\t'entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ'
chain-unfinished\t'a chain has no end and another one begins: the service crashed, or the end was cut off'
lines-unsigned-at-end\t'lines without a seal stand at the end, after the last signed entry'
line-torn\t'a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off'
chain-open-at-end\t'the last chain has no end yet: a running service looks the same as a log whose tail was cut off'
stream-headless\t'entries stand here whose chain began in a file that is not here or was not read'
entry-reencoded\t'json of the same meaning in another spelling: these are not the bytes that were signed'
time-backwards\t'a chain begins earlier than the chain before it ended: chains may have been put into another order'
time-gap\t'between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time'
chain-too-old\t'the verified entries of one chain span more time than --chain-max-age allows'
chain-elsewhere\t'the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second'
file-skipped\t'a file was left out because its name is not that of a log, or it cannot be read as one'
file-double\t'a file was left out because it is the same file as another one, or holds the same rotation'
lines-unsigned-many\t'more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped'
start-up-beside-chain\t'the messages of a start, which no seal covers, stand among the entries of another instance'
lines-unsigned-beside-chain\t'lines without a seal, as a start writes them, stand among the entries of another instance'
lines-unsigned-not-start-up\t'lines without a seal stand before a chain that no start of a service writes: seals may have been stripped'
lines-unsigned-between-chains\t'lines without a seal stand before a chain, as the start of a service writes them'
chains-interleaved\t'several instances write into this stream; each chain was followed on its own'
lines-of-others\t'lines that another output or another process wrote, as their wrapper says, belong to no chain'
key-compromised\t'a chain is sealed with a key that its keystore marks as compromised'
key-outdated\t'a chain is sealed with an older key of the keystore than a chain above it'
key-unused\t'a key that was given fits no chain of any log'
chain-resumed\t'the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there'
chain-expired\t'chains or beginnings of chains that an earlier run proved are gone, and older than --retention'
ledger-new\t'the ledger remembers nothing yet, so there was nothing to compare with'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l undo -d 'How much to do to find out what stood in the place of an altered entry' -r -f -a "fast\t'Single edits and replaced values: a fifth of a second for each break, two seconds in all'
deep\t'Pairs of edits as well: some seconds for each break, a minute in all'
off\t'Nothing'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l ledger -d 'Hold the log against what FILE remembers of earlier runs, and remember this run in it' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l retention -d 'Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l attest-key -d 'Sign the attestation in the bundle with the Ed25519 private key in FILE (PKCS#8, PEM), as verify does' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l color -d 'Taken as by every verb; nothing that this one prints has colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l threads -d 'How many threads to use; the result does not depend on it [default: one per core]' -r
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l as-one-stream -d 'Read all files as one log, in the order given, whatever their names'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l require-end -d 'Demand that the last chain has its end: a log of a service that was stopped'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l missing-ok -d 'Count a missing file as a warning; without this the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l ledger-required -d 'Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l with-logs -d 'Pack the logs too, as they lie on disk and as far as they were verified'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -s q -l quiet -d 'Say no warnings on standard error: the bundle and the exit code are the answer'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -l no-progress -d 'Never draw a progress bar'
complete -c acralog -n "__fish_acralog_using_subcommand bundle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and not __fish_seen_subcommand_from list check fingerprint" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and not __fish_seen_subcommand_from list check fingerprint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and not __fish_seen_subcommand_from list check fingerprint" -f -a "list" -d 'List the audit log keys of a keystore, those that cannot be used included'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and not __fish_seen_subcommand_from list check fingerprint" -f -a "check" -d 'Say whether the keystore opens and its current key can be used'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and not __fish_seen_subcommand_from list check fingerprint" -f -a "fingerprint" -d 'Print the fingerprints of keys, one per line with its source'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l output-format -l format -d 'How to print the keys' -r -f -a "table\t'Columns for people'
json\t'One JSON document'"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand keys; and __fish_seen_subcommand_from fingerprint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and not __fish_seen_subcommand_from show check anchor prune" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and not __fish_seen_subcommand_from show check anchor prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and not __fish_seen_subcommand_from show check anchor prune" -f -a "show" -d 'List the chains that are remembered'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and not __fish_seen_subcommand_from show check anchor prune" -f -a "check" -d 'Say whether a ledger is as it was written, and grew from an anchor: exit 1 when it did not'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and not __fish_seen_subcommand_from show check anchor prune" -f -a "anchor" -d 'Print an anchor: a line that says which records a ledger has'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and not __fish_seen_subcommand_from show check anchor prune" -f -a "prune" -d 'Give up chains on purpose, so that nobody misses them'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l ledger -d 'The ledger' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l output-format -l format -d 'How to print the chains' -r -f -a "table\t'Columns for people'
json\t'One JSON document'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l ledger -d 'The ledger' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l ledger -d 'The ledger' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from anchor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l before -d 'Give up chains whose last entry is older than TIME: 2025-01-01, RFC 3339, or `90d` ago' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l ledger -d 'The ledger' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l key-file -d 'Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l key-env -d 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l keys-dir -d 'Take the audit log keys, historical ones included, from Acra\'s keystore in DIR [default: .acrakeys, when it exists and no other key is given]' -r -f -a "(__fish_complete_directories)"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l master-key-env -d 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l master-key-file -d 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l keystore-encryption -d 'What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]' -r -f -a "env-master-key\t'A master key in a variable or a file'
vault-master-key\t'A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE'
kms-encrypted-master-key\t'A master key in a variable, which AWS KMS decrypts'
kms-per-client\t'No master key: AWS KMS decrypts each key (keystore v1)'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-host-port -d 'Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-user -d 'The user of Redis who asks, where it has users beside the default one; with --redis-password-env' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-password-env -d 'The environment variable NAME holds the password of Redis' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-db -d 'The number of the database in Redis [default: 0]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-tls-ca -d 'The authorities that may vouch for Redis, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-tls-cert -d 'The certificate to show to Redis, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-tls-sni -d 'The name that Redis must prove [default: its host]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l vault-address -d 'The address of HashiCorp Vault' -r -f
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l vault-secrets-path -d 'The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l vault-tls-ca -d 'The authorities that may vouch for Vault, in PEM [default: those of the system]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l vault-tls-cert -d 'The certificate to show to Vault, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l vault-tls-key -d 'The private key of that certificate, in PEM' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l vault-tls-sni -d 'The name that Vault must prove [default: the host of its address]' -r
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l kms-credentials -d 'The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l redis-tls -d 'Connect to Redis with TLS'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand ledger; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand acra-log-verifier" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand codes" -l group -d 'Only codes of these groups; several are separated by commas' -r
complete -c acralog -n "__fish_acralog_using_subcommand codes" -l output-format -l format -d 'How to print the codes' -r -f -a "table\t'Columns for people'
json\t'One JSON document'
jsonl\t'One JSON object per code and line'
csv\t'CSV with a header, harmless in spreadsheets'"
complete -c acralog -n "__fish_acralog_using_subcommand codes" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand codes" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand codes" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand codes" -l important -d 'Only those that Acra\'s documentation calls the most important for SIEM and SOC'
complete -c acralog -n "__fish_acralog_using_subcommand codes" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand codes" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand codes" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand codes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand explain" -l output-format -l format -d 'How to print the explanation' -r -f -a "human\t'Text for people'
json\t'One JSON document: codes as `codes` prints them, findings, incidents'"
complete -c acralog -n "__fish_acralog_using_subcommand explain" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c acralog -n "__fish_acralog_using_subcommand explain" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand explain" -l json -d 'The same as --output-format json'
complete -c acralog -n "__fish_acralog_using_subcommand explain" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand explain" -s q -l quiet -d 'Print nothing: the exit code is the answer'
complete -c acralog -n "__fish_acralog_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand help" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand completions" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand completions" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand completions" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand man" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acralog -n "__fish_acralog_using_subcommand schema" -s o -l output -d 'Write to FILE, whole or not at all, instead of standard output' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand schema" -l config -d 'Take flags from FILE, in TOML; what is typed comes first [default: what ACRALOG_CONFIG names, or acralog/config.toml in $XDG_CONFIG_HOME or ~/.config]' -r -F
complete -c acralog -n "__fish_acralog_using_subcommand schema" -l force -d 'Let --output replace a file that exists'
complete -c acralog -n "__fish_acralog_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
