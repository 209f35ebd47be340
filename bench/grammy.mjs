// grammY's part of bench/broadcast.py: as bench/peers.py. `node grammy.mjs URL MESSAGES IN_FLIGHT`
import { Api } from "grammy";

const [url, messages, inFlight] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const text = "Only today: two for one, and delivery is free";
const api = new Api("123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", { apiRoot: url });

async function send(count) {
  let chat = 0;
  const loop = async () => {
    while (chat < count) {
      chat += 1;
      await api.sendMessage(chat, text);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
}

await send(Math.floor(messages / 20));
const started = performance.now();
const before = process.cpuUsage();
await send(messages);
const wall = (performance.now() - started) / 1000;
const cpu = process.cpuUsage(before);
const figures = {
  rate: messages / wall,
  cpu_us: (cpu.user + cpu.system) / messages,
  peak_mb: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(figures));
