import type { Argument, Command, Option } from 'commander';

/** What help, completion and docs say of one command. */
export interface CommandOutline {
  /** From the program's name on: `['everspan', 'trace', 'list']`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  readonly subcommands: readonly CommandOutline[];
  readonly command: Command;
}

/** `program` and everything below it, in the order in which it was built. */
export function outlineOf(program: Command, above: readonly string[] = []): CommandOutline {
  const path = [...above, program.name()];
  return {
    path,
    description: program.description(),
    arguments: program.registeredArguments,
    options: program.options.filter((option) => !option.hidden),
    subcommands: program.commands.map((command) => outlineOf(command, path)),
    command: program,
  };
}

/** `outline` and all below it, each before its own. */
export function allCommands(outline: CommandOutline): CommandOutline[] {
  return [outline, ...outline.subcommands.flatMap(allCommands)];
}
