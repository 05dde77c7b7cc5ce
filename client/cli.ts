import { UserError } from '../core/base/errors.ts';
import type { Command, Context, Surroundings } from './command.ts';

import { alertsCommand } from './commands/alerts.ts';
import { applyCommand } from './commands/apply.ts';
import { approveCommand } from './commands/approve.ts';
import { backfillCommand } from './commands/backfill.ts';
import { batchesCommand } from './commands/batches.ts';
import { cancelCommand } from './commands/cancel.ts';
import { careCommand } from './commands/care.ts';
import { doctorCommand } from './commands/doctor.ts';
import { modelsCommand } from './commands/models.ts';
import { pauseCommand } from './commands/pause.ts';
import { predictCommand } from './commands/predict.ts';
import { promoteCommand } from './commands/promote.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { resumeCommand } from './commands/resume.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { schedulesCommand } from './commands/schedules.ts';
import { signalCommand } from './commands/signal.ts';
import { snapshotsCommand } from './commands/snapshots.ts';
import { statusCommand } from './commands/status.ts';
import { type Groups, helpOf } from './help.ts';
import { Command as Program, CommanderError } from 'commander';

export const groups: Groups = {
  Pipelines: [applyCommand, statusCommand, schedulesCommand, pauseCommand, resumeCommand],
  Runs: [runCommand, signalCommand, backfillCommand, runsCommand, cancelCommand],
  Models: [modelsCommand, approveCommand, promoteCommand, rollbackCommand, predictCommand],
  Data: [snapshotsCommand, batchesCommand, reportCommand],
  Installation: [alertsCommand, doctorCommand, careCommand, replayCommand],
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
type Spoken = 'result' | 'note';
/** Makes what commands use, when a command is about to run. */
export type Surround = (options: GlobalOptions) => Promise<
  Omit<Surroundings, Spoken> & {
    /** Reaches the installation, and tells what it waits for; `close` lets the process end. */
    connect(tell: (words: string) => void): Promise<Omit<Context, keyof Surroundings> & { close(): Promise<void> }>;
  }
>;

/** Runs one command line. 0: done; 1: it failed, and stderr says why; 2: the command line itself is wrong. */
export async function runCli(argv: string[], surround: Surround, terminal: Terminal): Promise<0 | 1 | 2> {
  const program = new Program('perennial');
  program
    .configureHelp(helpOf(program, groups))
    .option('--home <folder>', 'where "npm start" keeps its state', '.perennial')
    .option('--pipelines <folder>', 'folder of declarations', 'pipelines')
    .option('--json', 'print results as JSON', false)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride();

  let done = true;
  for (const definition of Object.values(groups).flat())
    addCommand(program, definition, async (positional, options) => {
      done = await runCommandOf(definition, positional, options, await surround(options), terminal);
    });
  try {
    // As `--help`, and not as a mistake: whoever writes nothing wants to know what there is.
    await program.parseAsync(argv.length > 0 ? argv : ['--help'], { from: 'user' });
    return done ? 0 : 1;
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
  definition: Command<never>,
  run: (positional: string[], options: GlobalOptions) => Promise<void>,
): void {
  const subcommand = program
    .command(definition.name)
    .summary(definition.summary)
    .description(definition.description ?? definition.summary);
  if (definition.arguments !== '') subcommand.arguments(definition.arguments);
  for (const option of definition.options) subcommand.addOption(option);
  subcommand.showHelpAfterError(`(usage: perennial help ${definition.name})`);
  subcommand.action(() => run(subcommand.args, subcommand.optsWithGlobals<GlobalOptions>()));
}

async function runCommandOf(
  definition: Command<never>,
  positional: string[],
  options: GlobalOptions,
  { connect, ...around }: Awaited<ReturnType<Surround>>,
  terminal: Terminal,
): Promise<boolean> {
  const surroundings: Surroundings = {
    ...around,
    result: (facts, words) => terminal.out(`${options.json ? JSON.stringify(facts, null, 2) : words}\n`),
    note: (words) => terminal.err(`${words}\n`),
  };
  if ('alone' in definition) return definition.alone(positional, options as never, surroundings);
  const { close, ...reached } = await connect(surroundings.note);
  try {
    await definition.run(positional, options as never, { ...surroundings, ...reached });
    return true;
  } finally {
    await close();
  }
}
