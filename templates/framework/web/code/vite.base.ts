/** What Vite does for the page: its build, and the server it is developed with. */

/** The deployed API's address (the stack's output ApiUrl), to which the server passes on what is asked of /api. */
const deployed = process.env["API_URL"];

export const base = {
  test: { environment: "happy-dom" },
  build: { sourcemap: false, target: "es2022" },
  server: {
    port: 5173,
    strictPort: true, // the address is registered for sign-in
    proxy: deployed === undefined ? {} : { "/api": proxyTo(new URL(deployed)) },
  },
};

function proxyTo(api: URL) {
  const path = api.pathname.replace(/\/$/, "");
  return { target: api.origin, changeOrigin: true, rewrite: (asked: string) => path + asked.replace(/^\/api/, "") };
}
