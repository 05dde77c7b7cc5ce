import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from 'listr2';
import { inParallel } from '../core/base/in-parallel.ts';

type Tell = (words: string) => void;

/** Runs one step of something long, showing what it does and how long it took; `done` words what came of it. */
export type Step = <T>(title: string, work: (tell: Tell) => Promise<T>, done?: (result: T) => string) => Promise<T>;

export interface TimedStep {
  step: string;
  seconds: number;
}

interface Task<T> {
  title: string;
  work: (tell: Tell) => Promise<T>;
  done?: ((result: T) => string) | undefined;
}

const SOON_MS = 3_000; // a step that ends sooner needs no line that it began

/** Whether lines can be written over: some containers have a terminal without a width. */
export const isLive = (): boolean => process.stderr.isTTY && process.stderr.columns > 0;

/** A list that grows step by step on stderr: live on a terminal, plain lines elsewhere; `times` has what was measured. */
export function createProgress() {
  const times: TimedStep[] = [];
  const show = isLive() ? live : plainly;
  const measured = <T>({ title, work, done }: Task<T>): Task<T> => ({
    title,
    done,
    async work(tell) {
      const started = performance.now();
      const result = await work(tell);
      times.push({ step: title, seconds: (performance.now() - started) / 1000 });
      return result;
    },
  });
  const step: Step = async (title, work, done) => {
    const [result] = await show([measured({ title, work, done })], 1);
    if (result!.status === 'rejected') throw result!.reason;
    return result!.value;
  };
  return {
    step,
    /** Runs steps side by side, all of them also when one fails. */
    sideBySide: <T>(atOnce: number, tasks: Task<T>[]) => show(tasks.map(measured), atOnce),
    times,
  };
}

async function live<T>(tasks: Task<T>[], atOnce: number): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  // Stdout is for results.
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const timer = { ...PRESET_TIMER, condition: (ms: number) => inSeconds(ms) !== '', field: inSeconds };
  const list = new Listr(
    tasks.map(({ title, work, done }, i) => ({
      title,
      async task(_context, task) {
        try {
          const value = await work((words) => (task.output = words));
          results[i] = { status: 'fulfilled', value };
          if (done) task.title = done(value);
        } catch (reason) {
          results[i] = { status: 'rejected', reason };
          throw reason;
        }
      },
    })),
    {
      concurrent: atOnce,
      exitOnError: false,
      renderer: 'default',
      rendererOptions: {
        processOutput,
        logger: new ListrLogger({ processOutput }),
        timer,
        showErrorMessage: false,
        collapseErrors: false,
      },
      registerSignalListeners: false,
    } as object,
  );
  await list.run();
  return results;
}

async function plainly<T>(tasks: Task<T>[], atOnce: number): Promise<PromiseSettledResult<T>[]> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const run = async ({ title, work, done }: Task<T>): Promise<T> => {
    const began = performance.now();
    const soon = setTimeout(() => say(`› ${title} ...`), SOON_MS);
    try {
      const value = await work((words) => {
        clearTimeout(soon);
        say(`› ${title}: ${words}`);
      });
      const took = inSeconds(performance.now() - began);
      say(`✔ ${done?.(value) ?? title}${took && ` [${took}]`}`);
      return value;
    } catch (error) {
      say(`✖ ${title}`);
      throw error;
    } finally {
      clearTimeout(soon);
    }
  };
  return inParallel(atOnce, tasks, async (task) => (await Promise.allSettled([run(task)]))[0]);
}

/** inSeconds(100_400) // => '1 min 40 s'; empty for what nobody waits for */
function inSeconds(ms: number): string {
  if (ms < 100) return '';
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
