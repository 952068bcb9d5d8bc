/** While the page is developed, what is asked of /api goes to the deployed API: API_URL is the stack's output ApiUrl. */

const deployed = process.env["API_URL"];

export default deployed === undefined ? {} : { "/api": proxyTo(new URL(deployed)) };

function proxyTo(api) {
  const path = api.pathname.replace(/\/$/, "");
  return { target: api.origin, changeOrigin: true, rewrite: (asked) => path + asked.replace(/^\/api/, "") };
}
