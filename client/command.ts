import { type Applied, type Operations, type PipelineStatus } from '../operations/index.ts';
import { type Option } from 'commander';

/** What a command may use besides its own options. */
export interface Context {
  operations: Operations;
  /** Who asks, for the audit. */
  by: string;
  /** Reads the declarations of files, or of the whole pipelines folder. */
  readDeclarations(files: string[]): Promise<{ input: unknown; file: string }[]>;
  /** Where the Temporal Web UI is, when that is known. */
  temporalUi: string | undefined;
  /** The result, on stdout: words for a person, or the same facts as JSON with --json. */
  result(facts: unknown, words: string): void;
  /** All else, on stderr. */
  note(words: string): void;
}

/** One subcommand of `perennial`, in a file of its own. */
export interface Command<Options> {
  name: string;
  /** Positional arguments in commander's notation: '<pipeline> [version]'. */
  arguments: string;
  summary: string;
  options: Option[];
  run(positional: string[], options: Options, context: Context): Promise<void>;
}

/** Keeps a command's options typed where it is written, and forgets them where all commands are listed. */
export const command = <Options>(definition: Command<Options>): Command<never> => definition as Command<never>;

export type { Applied, PipelineStatus };
