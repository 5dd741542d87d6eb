import { Argument, type Command } from 'commander';
import type { CliIo } from './cli-io.js';

/** The command `everspan completion`. */
export function addCompletionCommand(program: Command, io: CliIo): void {
  program
    .command('completion')
    .description('print a completion script: eval "$(everspan completion bash)", or zsh')
    .addArgument(new Argument('<shell>', 'for which shell').choices(['bash', 'zsh']))
    .action(async (shell: 'bash' | 'zsh') => {
      const { completionScript } = await import('./completion-script.js');
      await io.stdout.write(completionScript(program, shell));
    });
}
