import type { Argument, Command, Option } from 'commander';
import { allCommands, type CommandOutline, outlineOf } from './command-outline.js';

/**
 * A script that completes commands, options, and values where the program knows them (files and folders by the shell), for `eval` in bash or zsh.
 *
 * Zsh reads it through its own emulation of bash's completion.
 */
export function completionScript(program: Command, shell: 'bash' | 'zsh'): string {
  const commands = allCommands(outlineOf(program));
  const start = shell === 'zsh' ? 'autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n' : '';
  return `# everspan: completion for ${shell}
${start}_everspan() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command=everspan word position=0
  local -i index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$command $word" in
${indented(subcommandCases(commands), 6)}
      ${flagsWithValues(commands).join('|')}) index+=1 ;;
      *' -'*) ;;
      *) position=$((position + 1)) ;;
    esac
  done
  case "$command $previous" in
${indented(valueCases(commands), 4)}
  esac
  if [[ "$current" == -* ]]; then
    case "$command" in
${indented(optionCases(commands), 6)}
    esac
    return
  fi
  case "$command $position" in
${indented(argumentCases(commands), 4)}
  esac
}
complete -o default -F _everspan everspan
`;
}

/** `everspan trace) command=…`: which words lead to which command. */
function subcommandCases(commands: readonly CommandOutline[]): string[] {
  return commands.flatMap(({ path, subcommands }) =>
    subcommands.map(
      (below) => `'${path.join(' ')} ${below.path.at(-1) ?? ''}') command='${below.path.join(' ')}'; position=0 ;;`,
    ),
  );
}

/** Options whose value is the next word, which is then no argument. */
function flagsWithValues(commands: readonly CommandOutline[]): string[] {
  return commands.flatMap(({ path, options }) =>
    options.filter(takesValue).flatMap((option) => flagsOf(option).map((flag) => `'${path.join(' ')} ${flag}'`)),
  );
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** What may stand behind an option that takes a value. */
function valueCases(commands: readonly CommandOutline[]): string[] {
  return commands.flatMap(({ path, options }) =>
    options.filter(takesValue).map((option) => {
      const patterns = flagsOf(option).map((flag) => `'${path.join(' ')} ${flag}'`);
      return `${patterns.join('|')}) ${valueCompletion(option.argChoices, option.flags)}; return ;;`;
    }),
  );
}

function valueCompletion(choices: readonly string[] | undefined, flags: string): string {
  if (choices !== undefined) return words(choices);
  if (flags.includes('<dir>')) return 'COMPREPLY=($(compgen -d -- "$current"))';
  return /<(?:file|url)>/.test(flags) ? 'COMPREPLY=($(compgen -f -- "$current"))' : 'COMPREPLY=()';
}

function optionCases(commands: readonly CommandOutline[]): string[] {
  return commands.map(({ path, options }) => `'${path.join(' ')}') ${words([...options.flatMap(flagsOf), '-h', '--help'])} ;;`);
}

/** What may stand where no option does: a command, or an argument with known values. */
function argumentCases(commands: readonly CommandOutline[]): string[] {
  return commands.flatMap(({ path, subcommands, arguments: wanted }) => [
    ...(subcommands.length === 0
      ? []
      : [`'${path.join(' ')} 0') ${words(subcommands.map((below) => below.path.at(-1) ?? ''))} ;;`]),
    ...wanted.flatMap((argument: Argument, index) =>
      argument.argChoices === undefined ? [] : [`'${path.join(' ')} ${index}') ${words(argument.argChoices)} ;;`],
    ),
  ]);
}

function flagsOf(option: Option): string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
}

function words(choices: readonly string[]): string {
  return `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current"))`;
}

function indented(lines: readonly string[], columns: number): string {
  return lines.map((line) => ' '.repeat(columns) + line).join('\n');
}
