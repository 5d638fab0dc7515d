/**
 * The page that windows and frames come back to: importing this hands its URL to the app and closes
 * the window.
 *
 * ```html
 * <script type="module">import 'grantflow/relay'</script>
 * ```
 */
export {}
