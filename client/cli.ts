import { UserError } from '../core/base/errors/errors.ts';
import type { Command, Context, Nouns, Surroundings, Verbs } from './command.ts';
import { everyday, nouns } from './commands/index.ts';
import { respelled } from './former.ts';
import { overview, verbsOf } from './help.ts';
import { Command as Program, CommanderError, Help } from 'commander';

export interface GlobalOptions {
  home: string;
  /** Absent: that of `npm start`, or 'pipelines'. */
  pipelines?: string;
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
    /** Connects to the installation, and reports what it waits for; `close` lets the process end. */
    connect(tell: (words: string) => void): Promise<Omit<Context, keyof Surroundings> & { close(): Promise<void> }>;
  }
>;

/** Runs one command line. 0: done; 1: it failed, and stderr says why; 2: the command line itself is wrong. */
export async function runCli(argv: string[], surround: Surround, terminal: Terminal): Promise<0 | 1 | 2> {
  const program = new Program('perennial');
  program
    .configureHelp({
      minWidthToWrap: 20,
      showGlobalOptions: true,
      formatHelp(command, helper) {
        if (command === program) return overview(nouns, everyday);
        const verbs = command.parent === program && (nouns as Nouns)[command.name()];
        return verbs ? verbsOf(command.name(), verbs) : Help.prototype.formatHelp.call(helper, command, helper);
      },
    })
    .helpCommand(false)
    .option('--home <folder>', 'where "npm start" keeps its state', '.perennial')
    .option('--pipelines <folder>', 'folder of declarations (default: that of "npm start", or "pipelines")')
    .option('--json', 'print results as JSON', false)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(all commands: perennial help)')
    .exitOverride();

  let done = true;
  const run: Run = async (definition, positional, options) => {
    done = await runCommandOf(definition, positional, options, await surround(options), terminal);
  };
  addCommands(program, run);
  const at = commandAt(argv);
  const line = respelled(argv.slice(at), (words) => terminal.err(`${words}\n`));
  try {
    await program.parseAsync([...argv.slice(0, at), ...withHelp(line, program)], { from: 'user' });
    return done ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) {
      const meant = error.code === 'commander.unknownCommand' ? elsewhere.get(line[0] ?? '') : undefined;
      if (meant) terminal.err(`(Did you mean ${meant}?)\n`);
      return error.exitCode === 0 ? 0 : 2;
    }
    const { json } = program.opts<GlobalOptions>();
    if (!(error instanceof UserError)) throw error;
    terminal.err(
      json ? `${JSON.stringify({ error: { code: error.code, message: error.message } })}\n` : `${error.message}\n`,
    );
    return 1;
  }
}

/** The index of the command, after the global options. */
function commandAt(argv: string[]): number {
  let at = 0;
  while (argv[at]?.startsWith('-')) at += ['--home', '--pipelines'].includes(argv[at]!) ? 2 : 1;
  return at;
}

/** `help alerts resolve` is `alerts resolve --help`, and nothing at all is `--help`: it wants to know what there is. */
function withHelp(line: string[], { commands }: Program): string[] {
  const [command, ...rest] = line[0] === 'help' ? line.slice(1) : line;
  if (command === undefined) return ['--help'];
  if (line[0] !== 'help') return line;
  return commands.some((each) => each.name() === command || each.alias() === command)
    ? [command, ...rest, '--help']
    : [command];
}

/** Where something is that has no command of its name. */
const elsewhere = new Map([
  ['drift', 'report PIPELINE'],
  ['verdicts', 'report PIPELINE --list'],
  ['performance', 'status PIPELINE'],
]);

type Run = (definition: Command<never>, positional: string[], options: GlobalOptions) => Promise<void>;

/** Every verb under its noun, which does the first one alone; everyday verbs also without their noun. */
function addCommands(program: Program, run: Run): void {
  for (const [noun, verbs] of Object.entries<Verbs>(nouns)) {
    const [first] = Object.keys(verbs);
    const about = program.command(noun).helpCommand(false).hook('preSubcommand', meantAsVerb);
    const one = singular(noun);
    if (one !== noun && !Object.hasOwn(everyday, one)) about.alias(one);
    about.showHelpAfterError(`(usage: perennial help ${noun})`);
    for (const [verb, definition] of Object.entries(verbs))
      addCommand(about.command(verb, { isDefault: verb === first }), `${noun} ${verb}`, definition, run);
  }
  for (const [verb, definition] of Object.entries<Command<never>>(everyday))
    addCommand(program.command(verb), verb, definition, run);
}

function addCommand(command: Program, words: string, definition: Command<never>, run: Run): void {
  command
    .description(definition.description ?? definition.summary)
    .addHelpText('after', `\nExample:\n  ${`perennial ${words} ${definition.example}`.trimEnd()}`)
    .showHelpAfterError(`(usage: perennial help ${words})`)
    .action(() => run(definition, command.args, command.optsWithGlobals<GlobalOptions>()));
  if (definition.arguments !== '') command.arguments(definition.arguments);
  for (const option of definition.options) command.addOption(option);
}

/** A noun may be typed as one of it: `experiment start`. */
const singular = (noun: string): string => noun.replace(/(?<=ch)es$|s$/, '');

/** Where a noun alone would get more words than its first verb takes, the first of them was meant as a verb. */
function meantAsVerb(noun: Program, verb: Program): void {
  const option = noun.args.findIndex((word) => word.startsWith('-'));
  const words = option < 0 ? noun.args : noun.args.slice(0, option);
  if (words[0] === verb.name() || words.length <= verb.registeredArguments.length) return;
  const strict = new Program(noun.name()).copyInheritedSettings(noun);
  for (const each of noun.commands) strict.addCommand(each);
  strict.parse(words, { from: 'user' }); // throws, with the nearest verb
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
    return (await definition.run(positional, options as never, { ...surroundings, ...reached })) !== false;
  } finally {
    await close();
  }
}
