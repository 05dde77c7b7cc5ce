import { type SimulationOptions } from '../../core/sources/simulation.ts';
import { type Environment } from '../../adapters/machine/running.ts';
import { serveSimulation } from './api.ts';
import { type Example } from './examples.ts';
import { openSource, type SimulatedSource } from './source.ts';

/** A pipeline whose source is simulated on this machine. */
export interface Simulated {
  example: Example & { simulation: NonNullable<Example['simulation']> };
  source: SimulatedSource;
}

export const isSimulated = (example: Example): example is Simulated['example'] => example.simulation !== null;

export interface SimulatedSources {
  all: Simulated[];
  /** What the variables hold by which the declarations name their sources. */
  environment: Environment;
  close(): Promise<void>;
}

export interface SourcesOptions extends Pick<SimulationOptions, 'seed' | 'driftSince'> {
  /** How many rows a day, if not what each simulation says. */
  perDay?: number;
  now(): Date;
  /** Makes sure there is a database of this name, and gives its address. */
  database(name: string): Promise<string>;
}

/** Opens every example's simulated source: tables in a database of its own, or an API that is served. */
export async function openSources(
  examples: Example[],
  { seed, driftSince, perDay, now, database }: SourcesOptions,
): Promise<SimulatedSources> {
  const all: Simulated[] = [];
  const environment: Environment = {};
  const close = async (): Promise<void> => {
    for (const { source } of all.splice(0)) await source.close();
  };
  try {
    for (const example of examples.filter(isSimulated)) {
      const { simulation, pipeline } = example;
      const options = { seed, driftSince, perDay: perDay ?? simulation.perDay };
      if (simulation.tables === null) {
        const { url, source } = await serveSimulation(simulation, pipeline, { ...options, now });
        environment[simulation.connection] = url;
        all.push({ example, source });
      } else {
        const url = await database(simulation.connection.toLowerCase());
        environment[simulation.connection] = url;
        all.push({ example, source: await openSource({ ...simulation, tables: simulation.tables }, url, options) });
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { all, environment, close };
}
