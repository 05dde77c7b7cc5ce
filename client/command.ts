import type { Finding } from '../core/runs/doctor.ts';
import type { PredictionServer } from '../core/rollout/prediction-server.ts';
import type { Replayed } from '../core/runs/versions.ts';
import type { Applied, Operations, PipelineLine, PipelineStatus } from '../operations/index.ts';
import type { Option } from 'commander';

/** What every command can use, even without the installation. */
export interface Surroundings {
  /** Reads the declarations of files, or of the whole pipelines folder. */
  readDeclarations(files: string[]): Promise<{ input: unknown; file: string }[]>;
  /** What sources that can be reached from here say against the declared columns. */
  columnProblems(declared: { input: unknown; file: string }[]): Promise<string[]>;
  /** The prediction server at this address; by default the installation's. */
  predictionServer(address?: string): PredictionServer;
  /** Checks everything that the installation depends on. */
  examine(): Promise<Finding[]>;
  /** Replays the current runs with the workflows of this checkout. */
  replay(): Promise<Replayed[]>;
  /** The result, on stdout: words for a person, or the same facts as JSON with --json. */
  result(facts: unknown, words: string): void;
  /** Everything else, on stderr. */
  note(words: string): void;
}

/** What a command can use besides its own options, once it is connected. */
export interface Context extends Surroundings {
  operations: Operations;
  /** The address of the Temporal Web UI, if known. */
  temporalUi: string | undefined;
  /** Whether a simulated clock runs; Temporal has the real times. */
  simulated: boolean;
}

/** One verb of a noun, in a file of its own, by which it is called. */
export type Command<Options> = {
  /** Positional arguments in commander's notation: '<pipeline> [version]'. */
  arguments: string;
  /** Fits one line, behind the name. */
  summary: string;
  /** For the command's own help, when that has more to say. */
  description?: string;
  /** Example arguments. */
  example: string;
  options: Option[];
} &
  /** false ends it as failed. */
  (
    | { run(positional: string[], options: Options, context: Context): Promise<void | boolean> }
    /** For a command that has to work when nothing is reached; false ends it as failed. */
    | { alone(positional: string[], options: Options, surroundings: Surroundings): Promise<boolean> }
  );

/** What can be done about one noun; the first is what the noun does alone. */
export type Verbs = Record<string, Command<never>>;
export type Nouns = Record<string, Verbs>;

/** Keeps a command's options typed where it is written, and forgets them where all commands are listed. */
export const command = <Options>(definition: Command<Options>): Command<never> => definition as Command<never>;

export type { Applied, PipelineLine, PipelineStatus };
