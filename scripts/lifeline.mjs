// `npm start` was killed outright. The application lives in a session of its own and would go on
// without it, so it is asked to end in order.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
