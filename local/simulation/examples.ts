import { readDeclarations } from '../../adapters/declarations/declarations.ts';
import { parsePipeline, type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Simulation } from '../../core/sources/simulation.ts';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A declaration of the pipelines folder, with the simulation that its own folder may bring. */
export interface Example {
  pipeline: Pipeline;
  input: unknown;
  file: string;
  simulation: Simulation | null;
}

export async function readExamples(folder: string, dataRoots: readonly string[] = [folder]): Promise<Example[]> {
  const examples: Example[] = [];
  for (const { input, file } of await readDeclarations([folder], dataRoots)) {
    const pipeline = parsePipeline(input, file);
    const path = resolve(dirname(file), pipeline.name, 'simulation.ts');
    const simulation = existsSync(path)
      ? ((await import(pathToFileURL(path).href)) as { default: Simulation }).default
      : null;
    examples.push({ pipeline, input, file, simulation });
  }
  return examples;
}
