import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from 'listr2';

/** Runs one step of something long, showing what it does and how long it took. */
export type Step = <T>(title: string, work: (tell: (words: string) => void) => Promise<T>) => Promise<T>;

export interface TimedStep {
  step: string;
  seconds: number;
}

/** A list that grows step by step on stderr: live on a terminal, a line each elsewhere; `times` has what was measured. */
export function createProgress({ quiet = false }: { quiet?: boolean } = {}): { step: Step; times: TimedStep[] } {
  const times: TimedStep[] = [];
  // Stdout is for results.
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const logger = new ListrLogger({ processOutput });
  const renderer = quiet ? 'silent' : process.stderr.isTTY ? 'default' : 'simple';
  const step: Step = async (title, work) => {
    const started = performance.now();
    let result: { value: Awaited<ReturnType<typeof work>> } | undefined;
    const list = new Listr(
      [
        {
          title,
          task: async (_context, task) => void (result = { value: await work((words) => (task.output = words)) }),
        },
      ],
      {
        renderer,
        rendererOptions: { processOutput, logger, timer: PRESET_TIMER, showErrorMessage: false, collapseErrors: false },
        registerSignalListeners: false,
      } as object,
    );
    await list.run();
    times.push({ step: title, seconds: (performance.now() - started) / 1000 });
    return result!.value;
  };
  return { step, times };
}
