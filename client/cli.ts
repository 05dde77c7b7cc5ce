import { UserError } from '../core/errors.ts';
import { type Command, type Context } from './command.ts';
import { applyCommand } from './commands/apply.ts';
import { modelsCommand } from './commands/models.ts';
import { promoteCommand } from './commands/promote.ts';
import { reportCommand } from './commands/report.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { runCommand } from './commands/run.ts';
import { signalCommand } from './commands/signal.ts';
import { statusCommand } from './commands/status.ts';
import { Command as Program, CommanderError } from 'commander';

const groups: Record<string, Command<never>[]> = {
  'Pipelines:': [applyCommand, runCommand, signalCommand, statusCommand],
  'Models:': [modelsCommand, promoteCommand, rollbackCommand, reportCommand],
};

export interface GlobalOptions {
  home: string;
  pipelines: string;
  json: boolean;
}
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
}
/** Makes what commands use, when a command is about to run; `close` lets the process end. */
export type Connect = (
  options: GlobalOptions,
) => Promise<Omit<Context, 'result' | 'note'> & { close(): Promise<void> }>;

/** Runs one command line. 0: done; 1: it failed, and stderr says why; 2: the command line itself is wrong. */
export async function runCli(argv: string[], connect: Connect, terminal: Terminal): Promise<0 | 1 | 2> {
  const program = new Program('perennial')
    .description('Keeps machine-learning models alive: apply pipelines, run their loops, see and change what serves.')
    .configureHelp({ minWidthToWrap: 20 }) // the summaries share 80 columns with commands and their arguments
    .option('--home <folder>', 'where "npm start" keeps its state', '.perennial')
    .option('--pipelines <folder>', 'where declarations are', 'pipelines')
    .option('--json', 'print results as JSON', false)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride();

  for (const [heading, commands] of Object.entries(groups))
    for (const definition of commands) addCommand(program, heading, definition, connect, terminal);

  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { json } = program.opts<GlobalOptions>();
    if (!(error instanceof UserError)) throw error;
    terminal.err(
      json ? `${JSON.stringify({ error: { code: error.code, message: error.message } })}\n` : `${error.message}\n`,
    );
    return 1;
  }
}

function addCommand(
  program: Program,
  heading: string,
  definition: Command<never>,
  connect: Connect,
  terminal: Terminal,
): void {
  const subcommand = program
    .command(definition.name)
    .helpGroup(heading)
    .summary(definition.summary)
    .description(definition.summary)
    .arguments(definition.arguments)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride();
  for (const option of definition.options) subcommand.addOption(option);
  subcommand.action(async () => {
    const options = subcommand.optsWithGlobals<GlobalOptions>();
    const { close, ...connected } = await connect(options);
    try {
      await definition.run(subcommand.args, options as never, {
        ...connected,
        result: (facts, words) => terminal.out(`${options.json ? JSON.stringify(facts, null, 2) : words}\n`),
        note: (words) => terminal.err(`${words}\n`),
      });
    } finally {
      await close();
    }
  });
}
