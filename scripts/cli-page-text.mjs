/** @typedef {import('../src/cli/command-outline.js').CommandOutline} CommandOutline */

/**
 * The reference of the command line in Markdown: every command with its arguments and options.
 *
 * @param {readonly CommandOutline[]} commands - Of the program; groups are left out.
 * @param {readonly (readonly [code: number, meaning: string])[]} exitCodes
 * @returns {string}
 */
export function cliPageText(commands, exitCodes) {
  const sections = commands.filter(({ subcommands }) => subcommands.length === 0).map(commandSection);
  const codes = ['## Exit codes', '', ...table('code', exitCodes)].join('\n');
  return `${[INTRODUCTION, ...sections, codes].join('\n\n')}\n`;
}

const INTRODUCTION = `<!-- Made by \`node scripts/cli-page.mjs\` from the program itself. Change src/cli, not this page. -->

# The command line

\`npx everspan\` reads traces where they are, runs a collector, and looks after stores and operations.

Where traces are read: \`--server URL\` (a collector), \`--store URL\` (a SQLite file or \`postgres://…\`) or \`--from DIR\` (a folder of
JSONL, taken whole: files of the JSONL processor, and \`spans.jsonl\`, \`assets.jsonl\`, \`lineage.jsonl\` of tasks). With none of them:
\`EVERSPAN_SERVER\`, then \`EVERSPAN_STORE\`, then \`./.everspan/spans.db\`, then the folder \`./.everspan\`. Where that
store lacks what was asked for and JSONL files lie beside it, the command says so; \`--from .everspan\` reads them. A collector's key is
in \`EVERSPAN_API_KEY\`, the account in \`EVERSPAN_ACCOUNT_ID\`.

A list names a trace after the workflow that a client's call started, with that workflow's status: a call is over as soon as the workflow
has begun. Where there is no workflow, or something else stands above the call, it is the root's. Start, duration and counts are of all spans.

Results go to stdout, everything else to stderr. \`-f json\` is for machines and is never coloured. Colours are for terminals; \`NO_COLOR\`
turns them off, \`FORCE_COLOR\` on. On a terminal, tables and trees fit its width; in a pipe nothing of a table is cut. An error is one line;
with \`EVERSPAN_DEBUG\` set its stack follows.

\`everspan watchdog\` finds Temporal as Temporal's own tools do, by \`@temporalio/envconfig\`: install it beside \`@temporalio/client\`, in its version.

Completion: \`eval "$(everspan completion bash)"\` in \`.bashrc\`, \`eval "$(everspan completion zsh)"\` in \`.zshrc\`.`;

/** @param {CommandOutline} outline */
function commandSection({ path, description, arguments: wanted, options, command }) {
  const name = path.join(' ');
  const lines = [`## \`${name}\``, '', `${description.charAt(0).toUpperCase()}${description.slice(1)}.`, ''];
  lines.push('```text', `${name} ${command.usage()}`, '```');
  const rowsOfArguments = wanted.map((argument) => row(argument.name(), argument.description, argument.argChoices, undefined));
  if (wanted.length > 0) lines.push('', ...table('argument', rowsOfArguments));
  const rowsOfOptions = options.map((option) =>
    row(option.flags, option.description, option.argChoices, option.negate ? undefined : option.defaultValue),
  );
  if (options.length > 0) lines.push('', ...table('option', rowsOfOptions));
  return lines.join('\n');
}

/**
 * @param {string} name
 * @param {string} description
 * @param {readonly string[] | undefined} choices
 * @param {unknown} preset
 * @returns {[name: string, meaning: string]}
 */
function row(name, description, choices, preset) {
  const meaning = [
    description.replaceAll('|', '\\|').replaceAll('<', '&lt;'),
    ...(choices === undefined ? [] : [choices.map(code).join(', ')]),
  ];
  return [
    code(name),
    `${meaning.join(': ')}${preset === undefined ? '' : ` (default ${code(typeof preset === 'string' ? preset : JSON.stringify(preset))})`}`,
  ];
}

/**
 * @param {string} heading
 * @param {readonly (readonly [name: string | number, meaning: string])[]} rows
 */
function table(heading, rows) {
  return [`| ${heading} | |`, '| --- | --- |', ...rows.map(([name, meaning]) => `| ${name} | ${meaning} |`)];
}

/** @param {string} text */
function code(text) {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
