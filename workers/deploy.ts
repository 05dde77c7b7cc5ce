import { buildOfSources } from '../adapters/temporal/bundles/bundle.ts';
import { createTemporalClient } from '../adapters/temporal/connection/connection.ts';
import { patiently, type Patience } from '../adapters/machine/patience.ts';
import { isHopeless, untilServes } from '../adapters/temporal/connection/ready.ts';
import { createWorkflowVersions } from '../adapters/temporal/bundles/versions.ts';
import { type Config } from '../core/base/settings/config.ts';

const ANSWER_MS = 10_000;

/** Makes new runs use this release's workflows, even after a roll back, when it is the older release. */
export async function deployWorkflows({ temporal }: Config, patience: Patience = {}): Promise<void> {
  await untilServes(temporal, patience);
  const client = await createTemporalClient(temporal);
  try {
    const build = await buildOfSources();
    const deploy = () => createWorkflowVersions(client, temporal).deploy(build);
    await patiently({
      ...patience,
      what: "Temporal's versions of workflows",
      ask: () => client.connection.withDeadline(Date.now() + ANSWER_MS, deploy),
      hopeless: isHopeless,
    });
  } finally {
    await client.connection.close();
  }
}
