import { messageOf } from '../../../core/base/errors/errors.ts';
import { environment, machineIn } from '../../../wiring/settings.ts';
import { createProcessTrainer } from '../../../workers/training/trainer-process.ts';
import { aJob, anMlp } from '../data/training-data.ts';

/** `train-once.ts TRAINING-SET FOLDER`: trains a small network by TF.js as a worker does; prints the log and what it trained with. */
const [trainingSet = '', folder = ''] = process.argv.slice(2);
const lines: string[] = [];
try {
  const { tensorflow } = machineIn();
  const trainer = createProcessTrainer({ tensorflow, environment, log: (line) => lines.push(line) });
  const model = await trainer.train(aJob({ trainingSet, folder, candidate: anMlp({ engine: 'tfjs' }) }), {
    signal: new AbortController().signal,
    onProgress: () => {},
    onCheckpoint: async () => {},
  });
  process.stdout.write(JSON.stringify({ node: process.version, log: lines.join('\n'), ...model.trainedWith }));
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 1;
}
