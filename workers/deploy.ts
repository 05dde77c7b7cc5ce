import { buildOfSources } from '../adapters/temporal/bundle.ts';
import { createTemporalClient } from '../adapters/temporal/connection.ts';
import { createWorkflowVersions } from '../adapters/temporal/versions.ts';
import { type Config } from '../core/base/config.ts';

const PATIENCE_MS = 10_000;

/** Has runs that start go by this release's workflows, also when it was here before: after a roll back it is the older one. */
export async function deployWorkflows({ temporal }: Config): Promise<void> {
  const client = await createTemporalClient(temporal);
  try {
    const build = await buildOfSources();
    const deploy = () => createWorkflowVersions(client, temporal).deploy(build);
    await client.connection.withDeadline(Date.now() + PATIENCE_MS, deploy);
  } finally {
    await client.connection.close();
  }
}
