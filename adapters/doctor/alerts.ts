import { recipientInWords } from '../../core/alerts/sent.ts';
import { declaredTargets, type Lacking, type Reach } from '../../core/alerts/reach.ts';
import { failingInWords } from '../../core/alerts/rules/undelivered-alert.ts';
import { failed, ok, warning, type Check } from '../../core/runs/doctor.ts';
import { createReaches } from '../postgres/alerts/reach.ts';
import { createPipelines } from '../postgres/pipelines.ts';
import { withDatabase } from './database.ts';

/** Whether servers can send alerts to everybody whom applied pipelines and the installation name. */
export const alertsCheck = (url: string): Check => ({
  name: 'alert channels',
  look: (signal) =>
    withDatabase(url, signal, async (database) => {
      const reaches = createReaches(database);
      const servers = await reaches.recent();
      const failing = await reaches.failing();
      const problems = [...lackingInWords(servers), ...failing.map((one) => `${whose(one)}: ${failingInWords(one)}`)];
      if (problems.length > 0)
        return failed(
          problems.join('\n'),
          'Set what is missing where the server runs, and restart it. To send a test message: perennial alerts test PIPELINE',
        );
      if (servers.length === 0)
        return warning(
          'No server has said in the last minutes whom it can send alerts to.',
          'Start a prediction server; it delivers the alerts.',
        );
      const untold =
        servers[0]!.always.length > 0
          ? []
          : (await createPipelines(database).declared()).flatMap(({ ref, declaration }) =>
              declaration && declaredTargets(declaration.notifications).length === 0 ? [ref.name] : [],
            );
      const mail = servers.every((server) => server.mail) ? 'A mail server is set.' : 'No mail server is set.';
      const nobody = untold.length === 0 ? '' : ` No recipients are declared for ${untold.join(', ')}: nobody is told.`;
      return ok(`Nothing is missing to send alerts. ${mail}${nobody}`);
    }),
});

function* lackingInWords(servers: readonly Reach[]): Generator<string> {
  const seen = new Map<string, { lacking: Lacking; on: string[] }>();
  for (const { server, lacks } of servers)
    for (const lacking of lacks) {
      const key = `${lacking.channel} ${lacking.target} ${lacking.what}`;
      seen.set(key, { lacking, on: [...(seen.get(key)?.on ?? []), server] });
    }
  for (const { lacking, on } of seen.values())
    yield `${whose(lacking)}: ${recipientInWords(lacking)}: ${lacking.what} on ${on.join(', ')}.`;
}

const whose = ({ pipelines }: Pick<Lacking, 'pipelines'>): string =>
  pipelines.length === 0 ? 'the installation' : pipelines.join(', ');
