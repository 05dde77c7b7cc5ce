import { createAnalytics } from '../../adapters/duckdb/analytics.ts';
import { LABEL } from '../../core/data/data.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { candidateSchema } from '../../core/recipes/index.ts';
import { train } from '../../workers/training/train.ts';
import { problems, trainingSet, type ProblemName } from './data.ts';

// Our side: a training as its process does it, from Parquet to the model.
const [folder = '', name = '', candidate = '', threads = '1'] = process.argv.slice(2);
const problem = problems[name as ProblemName];
const { columns } = problem;
const analytics = await createAnalytics({ memoryLimit: '256MB', threads: 1, folder });
const file = trainingSet(folder, name as ProblemName);
const [began, before] = [performance.now(), process.cpuUsage()];
const model = await train(
  {
    trainingSet: file,
    columns,
    labelKind: 'binary',
    candidate: candidateSchema.parse(JSON.parse(candidate)),
    seed: 1,
    resumeFrom: null,
    folder,
  },
  {
    analytics,
    tensors: () => Promise.reject(new Error('trees need no TF.js')),
    events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
    memoryLimitMb: 1024,
    threads: Number(threads),
  },
);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);

const scorer = compileScorer(model);
const [scores, labels]: [number[], number[]] = [[], []];
for await (const chunk of analytics.readSplit(file, 'holdout', Object.keys(columns))) {
  scores.push(...scorer.scoreChunk(chunk));
  labels.push(...(chunk.own[LABEL] as number[]));
}
const metrics = metricsOf('binary', scores, labels);
process.stdout.write(
  `${JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    trees: model.trainedWith.trees ?? 0,
    logLoss: metrics.logLoss,
    averagePrecision: metrics.averagePrecision,
  })}\n`,
);
analytics.close();
