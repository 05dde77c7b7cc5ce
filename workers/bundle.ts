import { workflowBundle } from '../adapters/temporal/bundles/bundle.ts';
import { machineIn } from '../wiring/settings.ts';

/** Makes the workflows' bundle where workers look for it, before there are any: an image has it made when it is built. */
const { codePath } = await workflowBundle(machineIn().bundlesFolder);
process.stdout.write(`${codePath}\n`);
