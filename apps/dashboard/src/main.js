// The dashboard of a queue: GLIP_QUEUE, DASHBOARD_USER and DASHBOARD_PASSWORD in the environment, then `npm start`.
import { SettingsError, serveDashboard, settingsOf } from './dashboard.js';

try {
  const { port } = await serveDashboard(settingsOf(process.env));
  console.log(`dashboard: http://localhost:${port}`);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(`dashboard: ${error.message}`);
  process.exitCode = 2;
}
