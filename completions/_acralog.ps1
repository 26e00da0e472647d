
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'acralog' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'acralog'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'acralog' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Say whether a log is intact')
            [CompletionResult]::new('grep', 'grep', [CompletionResultType]::ParameterValue, 'Print the entries of a log that match')
            [CompletionResult]::new('convert', 'convert', [CompletionResultType]::ParameterValue, 'Write the events of a log in another format')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Report what happened, and whether the log can be trusted')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'Look into Acra''s keystore: which audit log keys are there, and can they be used')
            [CompletionResult]::new('acra-log-verifier', 'acra-log-verifier', [CompletionResultType]::ParameterValue, 'Take the place of Acra''s own verifier, with its flags and messages')
            [CompletionResult]::new('codes', 'codes', [CompletionResultType]::ParameterValue, 'List the event codes of Acra, and what they mean')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain event codes: what happened, why, and what to do first')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a folder')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a report')
            break
        }
        'acralog;verify' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Read further paths from LIST, one per line; `-` is standard input')
            [CompletionResult]::new('--input-format', '--input-format', [CompletionResultType]::ParameterName, 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error')
            [CompletionResult]::new('--unwrap-from', '--unwrap-from', [CompletionResultType]::ParameterName, 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated')
            [CompletionResult]::new('--keys-dir', '--keys-dir', [CompletionResultType]::ParameterName, 'Take the audit log keys, historical ones included, from Acra''s keystore in DIR [default: .acrakeys, when it exists and no other key is given]')
            [CompletionResult]::new('--master-key-env', '--master-key-env', [CompletionResultType]::ParameterName, 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]')
            [CompletionResult]::new('--master-key-file', '--master-key-file', [CompletionResultType]::ParameterName, 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'What to demand of the log')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Count these findings as notes; several are separated by commas')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print the report')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE, whole or not at all, instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE, whole or not at all, instead of standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour in the human report')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'How many threads to use; the result does not depend on it [default: one per core]')
            [CompletionResult]::new('--as-one-stream', '--as-one-stream', [CompletionResultType]::ParameterName, 'Read all files as one log, in the order given, whatever their names')
            [CompletionResult]::new('--require-end', '--require-end', [CompletionResultType]::ParameterName, 'Demand that the last chain has its end: a log of a service that was stopped')
            [CompletionResult]::new('--missing-ok', '--missing-ok', [CompletionResultType]::ParameterName, 'Count a missing file as a warning; without this the answer is `undecided`')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Let --output replace a file that exists')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing when the log is intact; otherwise the worst finding and the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing when the log is intact; otherwise the worst finding and the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: the order in which files are read, every chain and its key, notes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: the order in which files are read, every chain and its key, notes')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Never draw a progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acralog;grep' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Read further paths from LIST, one per line; `-` is standard input')
            [CompletionResult]::new('--input-format', '--input-format', [CompletionResultType]::ParameterName, 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error')
            [CompletionResult]::new('--unwrap-from', '--unwrap-from', [CompletionResultType]::ParameterName, 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'A regular expression on the message, when it must not be taken for a PATH')
            [CompletionResult]::new('--regexp', '--regexp', [CompletionResultType]::ParameterName, 'A regular expression on the message, when it must not be taken for a PATH')
            [CompletionResult]::new('--code', '--code', [CompletionResultType]::ParameterName, 'Event codes: 560, 5xx, 510-514, identifiers; several are separated by commas (see `acralog codes`)')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Groups of event codes: censor, keys, ... (see `acralog codes`)')
            [CompletionResult]::new('--exclude-code', '--exclude-code', [CompletionResultType]::ParameterName, 'Event codes to leave out')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'Levels: error, error+ (and worse), info- (and less), several separated by commas')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'Clients, whichever way Acra spells the field; a `*` at the end stands for anything')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Sessions, by number')
            [CompletionResult]::new('--product', '--product', [CompletionResultType]::ParameterName, 'Services: acra-server, acra-translator')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Other fields: KEY=VALUE, KEY!=VALUE, KEY~REGEX, KEY!~REGEX, KEY>NUMBER, KEY? (is there); may be repeated')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before TIME')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'The time zone of --since and --until, and of the times in a table: an IANA name')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated')
            [CompletionResult]::new('--keys-dir', '--keys-dir', [CompletionResultType]::ParameterName, 'Take the audit log keys, historical ones included, from Acra''s keystore in DIR [default: .acrakeys, when it exists and no other key is given]')
            [CompletionResult]::new('--master-key-env', '--master-key-env', [CompletionResultType]::ParameterName, 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]')
            [CompletionResult]::new('--master-key-file', '--master-key-file', [CompletionResultType]::ParameterName, 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'What to demand of the log')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Count these findings as notes; several are separated by commas')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Stop after NUM matches in each file')
            [CompletionResult]::new('--max-count', '--max-count', [CompletionResultType]::ParameterName, 'Stop after NUM matches in each file')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Print NUM lines after each match')
            [CompletionResult]::new('--after-context', '--after-context', [CompletionResultType]::ParameterName, 'Print NUM lines after each match')
            [CompletionResult]::new('-B', '-B ', [CompletionResultType]::ParameterName, 'Print NUM lines before each match')
            [CompletionResult]::new('--before-context', '--before-context', [CompletionResultType]::ParameterName, 'Print NUM lines before each match')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Print NUM lines before and after each match')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Print NUM lines before and after each match')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'Print events instead of lines (json and jsonl: see `acralog schema grep-row`)')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'What to print of each event, separated by commas: time, code, client_id, message, any key, ...')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'How many threads to use; the result does not depend on it [default: one per core]')
            [CompletionResult]::new('--as-one-stream', '--as-one-stream', [CompletionResultType]::ParameterName, 'Read all files as one log, in the order given, whatever their names')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Match PATTERN against the whole line as it stands in the log')
            [CompletionResult]::new('-F', '-F ', [CompletionResultType]::ParameterName, 'Take PATTERN for plain text')
            [CompletionResult]::new('--fixed-strings', '--fixed-strings', [CompletionResultType]::ParameterName, 'Take PATTERN for plain text')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Do not tell capital letters from small ones in PATTERN')
            [CompletionResult]::new('--ignore-case', '--ignore-case', [CompletionResultType]::ParameterName, 'Do not tell capital letters from small ones in PATTERN')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what does not match')
            [CompletionResult]::new('--invert-match', '--invert-match', [CompletionResultType]::ParameterName, 'Print what does not match')
            [CompletionResult]::new('--verified', '--verified', [CompletionResultType]::ParameterName, 'Print only entries that verify, and end with the exit code of `verify` when something does not')
            [CompletionResult]::new('--require-end', '--require-end', [CompletionResultType]::ParameterName, 'Demand that the last chain has its end: a log of a service that was stopped')
            [CompletionResult]::new('--missing-ok', '--missing-ok', [CompletionResultType]::ParameterName, 'Count a missing file as a warning; without this the answer is `undecided`')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Print how many lines of each file match')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Print how many lines of each file match')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Print the names of the files in which something matches')
            [CompletionResult]::new('--files-with-matches', '--files-with-matches', [CompletionResultType]::ParameterName, 'Print the names of the files in which something matches')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing: the exit code is the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing: the exit code is the answer')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Print the number of each line in front')
            [CompletionResult]::new('--line-number', '--line-number', [CompletionResultType]::ParameterName, 'Print the number of each line in front')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Print the name of the file in front of each line, as is done anyway when there are several')
            [CompletionResult]::new('--with-filename', '--with-filename', [CompletionResultType]::ParameterName, 'Print the name of the file in front of each line, as is done anyway when there are several')
            [CompletionResult]::new('--no-filename', '--no-filename', [CompletionResultType]::ParameterName, 'Never print the name of the file')
            [CompletionResult]::new('--merge', '--merge', [CompletionResultType]::ParameterName, 'Put the matches of all files in the order of time')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Never draw a progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acralog;convert' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Read further paths from LIST, one per line; `-` is standard input')
            [CompletionResult]::new('--input-format', '--input-format', [CompletionResultType]::ParameterName, 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error')
            [CompletionResult]::new('--unwrap-from', '--unwrap-from', [CompletionResultType]::ParameterName, 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The format to write')
            [CompletionResult]::new('--cef-style', '--cef-style', [CompletionResultType]::ParameterName, 'Which CEF to write')
            [CompletionResult]::new('--cef-name', '--cef-name', [CompletionResultType]::ParameterName, 'What the name of a CEF event is')
            [CompletionResult]::new('--severity', '--severity', [CompletionResultType]::ParameterName, 'Where the severity comes from')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'The columns of csv, separated by commas')
            [CompletionResult]::new('--envelope', '--envelope', [CompletionResultType]::ParameterName, 'What to put around each event')
            [CompletionResult]::new('--framing', '--framing', [CompletionResultType]::ParameterName, 'How syslog messages are told apart')
            [CompletionResult]::new('--sd-id', '--sd-id', [CompletionResultType]::ParameterName, 'The id of the structured data of RFC 5424: a name, `@`, and your enterprise number')
            [CompletionResult]::new('--product', '--product', [CompletionResultType]::ParameterName, 'The name of the service where neither the entry nor a start-up line says it')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The host the log comes from; it does not stand in the log')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated')
            [CompletionResult]::new('--keys-dir', '--keys-dir', [CompletionResultType]::ParameterName, 'Take the audit log keys, historical ones included, from Acra''s keystore in DIR [default: .acrakeys, when it exists and no other key is given]')
            [CompletionResult]::new('--master-key-env', '--master-key-env', [CompletionResultType]::ParameterName, 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]')
            [CompletionResult]::new('--master-key-file', '--master-key-file', [CompletionResultType]::ParameterName, 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'What to demand of the log')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Count these findings as notes; several are separated by commas')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE, whole or not at all, instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE, whole or not at all, instead of standard output')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'How many threads to use; the result does not depend on it [default: one per core]')
            [CompletionResult]::new('--as-one-stream', '--as-one-stream', [CompletionResultType]::ParameterName, 'Read all files as one log, in the order given, whatever their names')
            [CompletionResult]::new('--keep-raw', '--keep-raw', [CompletionResultType]::ParameterName, 'Carry the original line along, for evidence and for `verify --unwrap-from`')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Verify on the way: every event says whether it verified, and the exit code is that of `verify`')
            [CompletionResult]::new('--lossy', '--lossy', [CompletionResultType]::ParameterName, 'Pass on lines that are no entries, marked, instead of leaving them out with exit 2')
            [CompletionResult]::new('--validate', '--validate', [CompletionResultType]::ParameterName, 'Write nothing, but say what a strict reader of CEF would refuse in lines of CEF')
            [CompletionResult]::new('--require-end', '--require-end', [CompletionResultType]::ParameterName, 'Demand that the last chain has its end: a log of a service that was stopped')
            [CompletionResult]::new('--missing-ok', '--missing-ok', [CompletionResultType]::ParameterName, 'Count a missing file as a warning; without this the answer is `undecided`')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Let --output replace a file that exists')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Do not say what the format could not carry')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Do not say what the format could not carry')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Never draw a progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acralog;report' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Read further paths from LIST, one per line; `-` is standard input')
            [CompletionResult]::new('--input-format', '--input-format', [CompletionResultType]::ParameterName, 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error')
            [CompletionResult]::new('--unwrap-from', '--unwrap-from', [CompletionResultType]::ParameterName, 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before TIME')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'The time zone of --since and --until: an IANA name; the report itself is in UTC')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'Clients, whichever way Acra spells the field; a `*` at the end stands for anything')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the rules from FILE, in TOML; what it does not set stays as it is')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Change a setting of a rule: `sql-firewall.at-least=20`; comes after --config, and may be repeated')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'End with exit 1 when an incident is at least this severe')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated')
            [CompletionResult]::new('--keys-dir', '--keys-dir', [CompletionResultType]::ParameterName, 'Take the audit log keys, historical ones included, from Acra''s keystore in DIR [default: .acrakeys, when it exists and no other key is given]')
            [CompletionResult]::new('--master-key-env', '--master-key-env', [CompletionResultType]::ParameterName, 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]')
            [CompletionResult]::new('--master-key-file', '--master-key-file', [CompletionResultType]::ParameterName, 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'What to demand of the log')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Count these findings as notes; several are separated by commas')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Replace by pseudonyms, in the whole report; several are separated by commas')
            [CompletionResult]::new('--title', '--title', [CompletionResultType]::ParameterName, 'What the report is called')
            [CompletionResult]::new('--case-id', '--case-id', [CompletionResultType]::ParameterName, 'The number of the case the report belongs to')
            [CompletionResult]::new('--generated-at', '--generated-at', [CompletionResultType]::ParameterName, 'State when the report was made: `now`, or a time of RFC 3339; without it, the same log gives the same bytes')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the report')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE, whole or not at all, instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE, whole or not at all, instead of standard output')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'How many threads to use; the result does not depend on it [default: one per core]')
            [CompletionResult]::new('--as-one-stream', '--as-one-stream', [CompletionResultType]::ParameterName, 'Read all files as one log, in the order given, whatever their names')
            [CompletionResult]::new('--sessions', '--sessions', [CompletionResultType]::ParameterName, 'List every session with its client and its addresses')
            [CompletionResult]::new('--print-rules', '--print-rules', [CompletionResultType]::ParameterName, 'Print the default rules as a file for --config, with what they mean, and nothing else')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'End with the exit code of `verify` when the log is not intact')
            [CompletionResult]::new('--require-end', '--require-end', [CompletionResultType]::ParameterName, 'Demand that the last chain has its end: a log of a service that was stopped')
            [CompletionResult]::new('--missing-ok', '--missing-ok', [CompletionResultType]::ParameterName, 'Count a missing file as a warning; without this the answer is `undecided`')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Let --output replace a file that exists')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Never draw a progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acralog;keys' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the audit log keys of a keystore, those that cannot be used included')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say whether the keystore opens and its current key can be used')
            [CompletionResult]::new('fingerprint', 'fingerprint', [CompletionResultType]::ParameterValue, 'Print the fingerprints of keys, one per line with its source')
            break
        }
        'acralog;keys;list' {
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated')
            [CompletionResult]::new('--keys-dir', '--keys-dir', [CompletionResultType]::ParameterName, 'Take the audit log keys, historical ones included, from Acra''s keystore in DIR [default: .acrakeys, when it exists and no other key is given]')
            [CompletionResult]::new('--master-key-env', '--master-key-env', [CompletionResultType]::ParameterName, 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]')
            [CompletionResult]::new('--master-key-file', '--master-key-file', [CompletionResultType]::ParameterName, 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print the keys')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acralog;keys;check' {
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated')
            [CompletionResult]::new('--keys-dir', '--keys-dir', [CompletionResultType]::ParameterName, 'Take the audit log keys, historical ones included, from Acra''s keystore in DIR [default: .acrakeys, when it exists and no other key is given]')
            [CompletionResult]::new('--master-key-env', '--master-key-env', [CompletionResultType]::ParameterName, 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]')
            [CompletionResult]::new('--master-key-file', '--master-key-file', [CompletionResultType]::ParameterName, 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'acralog;keys;fingerprint' {
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated')
            [CompletionResult]::new('--keys-dir', '--keys-dir', [CompletionResultType]::ParameterName, 'Take the audit log keys, historical ones included, from Acra''s keystore in DIR [default: .acrakeys, when it exists and no other key is given]')
            [CompletionResult]::new('--master-key-env', '--master-key-env', [CompletionResultType]::ParameterName, 'Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it [default: ACRA_MASTER_KEY]')
            [CompletionResult]::new('--master-key-file', '--master-key-file', [CompletionResultType]::ParameterName, 'Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'acralog;acra-log-verifier' {
            break
        }
        'acralog;codes' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Only codes of these groups; several are separated by commas')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print the codes')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--important', '--important', [CompletionResultType]::ParameterName, 'Only those that Acra''s documentation calls the most important for SIEM and SOC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acralog;explain' {
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print the explanation')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acralog;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'acralog;man' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'acralog;schema' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
