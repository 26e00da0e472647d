
use builtin;
use str;

set edit:completion:arg-completer[acralog] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'acralog'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'acralog'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand verify 'Say whether a log is intact'
            cand grep 'Print the entries of a log that match'
            cand convert 'Write the events of a log in another format'
            cand codes 'List the event codes of Acra, and what they mean'
            cand explain 'Explain event codes: what happened, why, and what to do first'
            cand completions 'Print the completion script of a shell'
            cand man 'Write the manual pages into a folder'
            cand schema 'Print the JSON Schema of a report'
        }
        &'acralog;verify'= {
            cand --files-from 'Read further paths from LIST, one per line; `-` is standard input'
            cand --input-format 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error'
            cand --unwrap-from 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log'
            cand --key-file 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated'
            cand --key-env 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated'
            cand --policy 'What to demand of the log'
            cand --allow 'Count these findings as notes; several are separated by commas'
            cand --output-format 'How to print the report'
            cand -o 'Write the report to FILE, whole or not at all, instead of standard output'
            cand --output 'Write the report to FILE, whole or not at all, instead of standard output'
            cand --color 'When to use colour in the human report'
            cand --threads 'How many threads to use; the result does not depend on it [default: one per core]'
            cand --as-one-stream 'Read all files as one log, in the order given, whatever their names'
            cand --require-end 'Demand that the last chain has its end: a log of a service that was stopped'
            cand --missing-ok 'Count a missing file as a warning; without this the answer is `undecided`'
            cand --force 'Let --output replace a file that exists'
            cand -q 'Print nothing when the log is intact; otherwise the worst finding and the answer'
            cand --quiet 'Print nothing when the log is intact; otherwise the worst finding and the answer'
            cand -v 'Say more: the order in which files are read, every chain and its key, notes'
            cand --verbose 'Say more: the order in which files are read, every chain and its key, notes'
            cand --no-progress 'Never draw a progress bar'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acralog;grep'= {
            cand --files-from 'Read further paths from LIST, one per line; `-` is standard input'
            cand --input-format 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error'
            cand --unwrap-from 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log'
            cand -e 'A regular expression on the message, when it must not be taken for a PATH'
            cand --regexp 'A regular expression on the message, when it must not be taken for a PATH'
            cand --code 'Event codes: 560, 5xx, 510-514, identifiers; several are separated by commas (see `acralog codes`)'
            cand --group 'Groups of event codes: censor, keys, ... (see `acralog codes`)'
            cand --exclude-code 'Event codes to leave out'
            cand --level 'Levels: error, error+ (and worse), info- (and less), several separated by commas'
            cand --client 'Clients, whichever way Acra spells the field; a `*` at the end stands for anything'
            cand --session 'Sessions, by number'
            cand --product 'Services: acra-server, acra-translator'
            cand --where 'Other fields: KEY=VALUE, KEY!=VALUE, KEY~REGEX, KEY!~REGEX, KEY>NUMBER, KEY? (is there); may be repeated'
            cand --since 'Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago'
            cand --until 'Before TIME'
            cand --timezone 'The time zone of --since and --until, and of the times in a table: an IANA name'
            cand --key-file 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated'
            cand --key-env 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated'
            cand --policy 'What to demand of the log'
            cand --allow 'Count these findings as notes; several are separated by commas'
            cand -m 'Stop after NUM matches in each file'
            cand --max-count 'Stop after NUM matches in each file'
            cand -A 'Print NUM lines after each match'
            cand --after-context 'Print NUM lines after each match'
            cand -B 'Print NUM lines before each match'
            cand --before-context 'Print NUM lines before each match'
            cand -C 'Print NUM lines before and after each match'
            cand --context 'Print NUM lines before and after each match'
            cand --output-format 'Print events instead of lines (json and jsonl: see `acralog schema grep-row`)'
            cand --fields 'What to print of each event, separated by commas: time, code, client_id, message, any key, ...'
            cand --color 'When to use colour'
            cand --threads 'How many threads to use; the result does not depend on it [default: one per core]'
            cand --as-one-stream 'Read all files as one log, in the order given, whatever their names'
            cand --raw 'Match PATTERN against the whole line as it stands in the log'
            cand -F 'Take PATTERN for plain text'
            cand --fixed-strings 'Take PATTERN for plain text'
            cand -i 'Do not tell capital letters from small ones in PATTERN'
            cand --ignore-case 'Do not tell capital letters from small ones in PATTERN'
            cand -v 'Print what does not match'
            cand --invert-match 'Print what does not match'
            cand --verified 'Print only entries that verify, and end with the exit code of `verify` when something does not'
            cand --require-end 'Demand that the last chain has its end: a log of a service that was stopped'
            cand --missing-ok 'Count a missing file as a warning; without this the answer is `undecided`'
            cand -c 'Print how many lines of each file match'
            cand --count 'Print how many lines of each file match'
            cand -l 'Print the names of the files in which something matches'
            cand --files-with-matches 'Print the names of the files in which something matches'
            cand -q 'Print nothing: the exit code is the answer'
            cand --quiet 'Print nothing: the exit code is the answer'
            cand -n 'Print the number of each line in front'
            cand --line-number 'Print the number of each line in front'
            cand -H 'Print the name of the file in front of each line, as is done anyway when there are several'
            cand --with-filename 'Print the name of the file in front of each line, as is done anyway when there are several'
            cand --no-filename 'Never print the name of the file'
            cand --merge 'Put the matches of all files in the order of time'
            cand --no-progress 'Never draw a progress bar'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acralog;convert'= {
            cand --files-from 'Read further paths from LIST, one per line; `-` is standard input'
            cand --input-format 'Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error'
            cand --unwrap-from 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log'
            cand --to 'The format to write'
            cand --cef-style 'Which CEF to write'
            cand --cef-name 'What the name of a CEF event is'
            cand --severity 'Where the severity comes from'
            cand --fields 'The columns of csv, separated by commas'
            cand --envelope 'What to put around each event'
            cand --framing 'How syslog messages are told apart'
            cand --sd-id 'The id of the structured data of RFC 5424: a name, `@`, and your enterprise number'
            cand --product 'The name of the service where neither the entry nor a start-up line says it'
            cand --host 'The host the log comes from; it does not stand in the log'
            cand --key-file 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated'
            cand --key-env 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated'
            cand --policy 'What to demand of the log'
            cand --allow 'Count these findings as notes; several are separated by commas'
            cand -o 'Write to FILE, whole or not at all, instead of standard output'
            cand --output 'Write to FILE, whole or not at all, instead of standard output'
            cand --threads 'How many threads to use; the result does not depend on it [default: one per core]'
            cand --as-one-stream 'Read all files as one log, in the order given, whatever their names'
            cand --keep-raw 'Carry the original line along, for evidence and for `verify --unwrap-from`'
            cand --verify 'Verify on the way: every event says whether it verified, and the exit code is that of `verify`'
            cand --lossy 'Pass on lines that are no entries, marked, instead of leaving them out with exit 2'
            cand --validate 'Write nothing, but say what a strict reader of CEF would refuse in lines of CEF'
            cand --require-end 'Demand that the last chain has its end: a log of a service that was stopped'
            cand --missing-ok 'Count a missing file as a warning; without this the answer is `undecided`'
            cand --force 'Let --output replace a file that exists'
            cand -q 'Do not say what the format could not carry'
            cand --quiet 'Do not say what the format could not carry'
            cand --no-progress 'Never draw a progress bar'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acralog;codes'= {
            cand --group 'Only codes of these groups; several are separated by commas'
            cand --output-format 'How to print the codes'
            cand --color 'When to use colour'
            cand --important 'Only those that Acra''s documentation calls the most important for SIEM and SOC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acralog;explain'= {
            cand --output-format 'How to print the explanation'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'acralog;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'acralog;man'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'acralog;schema'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
