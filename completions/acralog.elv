
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
            cand codes 'List the event codes of Acra, and what they mean'
            cand explain 'Explain event codes: what happened, why, and what to do first'
            cand completions 'Print the completion script of a shell'
            cand man 'Write the manual pages into a folder'
            cand schema 'Print the JSON Schema of a report'
        }
        &'acralog;verify'= {
            cand --files-from 'Read further paths from LIST, one per line; `-` is standard input'
            cand --input-format 'Insist on a format instead of detecting it; signed lines in another one are an error'
            cand --unwrap-from 'Take the original lines out of an export that was made with `--keep-raw`, in the order of the log'
            cand --key-file 'Read an audit log key from FILE: 32 raw bytes, or 64 hex digits; may be repeated'
            cand --key-env 'Take an audit log key from the environment variable NAME: hex or base64; may be repeated'
            cand --policy 'What to demand of the log'
            cand --allow 'Count these findings as notes; several are separated by commas'
            cand --output-format 'How to print the report'
            cand -o 'Write the report to FILE, whole or not at all, instead of standard output'
            cand --output 'Write the report to FILE, whole or not at all, instead of standard output'
            cand --color 'When to use colour in the human report'
            cand --threads 'How many threads to use; the report does not depend on it [default: one per core]'
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
