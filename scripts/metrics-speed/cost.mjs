/** Runs a piece of work and prints its cost as one line of JSON. @param work  gives the AP */
export function printCost(work) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const AP = work();
  const { user, system } = process.cpuUsage(cpu);
  const cost = {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    AP,
  };
  console.log(JSON.stringify(cost));
}
