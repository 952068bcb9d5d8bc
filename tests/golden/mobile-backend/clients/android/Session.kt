package com.example.client

import android.content.Context
import android.content.Intent
import android.net.Uri
import androidx.browser.customtabs.CustomTabsIntent
import java.io.File
import java.net.HttpURLConnection
import java.net.URL
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import net.openid.appauth.AuthState
import net.openid.appauth.AuthorizationException
import net.openid.appauth.AuthorizationRequest
import net.openid.appauth.AuthorizationResponse
import net.openid.appauth.AuthorizationService
import net.openid.appauth.AuthorizationServiceConfiguration
import net.openid.appauth.ResponseTypeValues
import org.json.JSONObject

private const val REDIRECT = "box-office://callback"
private const val LOGOUT = "box-office://logout"

/** Signs people in with a browser tab, keeps their tokens fresh and calls the API, as config.json says. */
class Session(private val context: Context) {
    private val config = JSONObject(context.assets.open("config.json").bufferedReader().use { it.readText() })
    private val signIn = config.getJSONObject("signIn")
    private val service = AuthorizationService(context)
    private val kept = File(context.noBackupFilesDir, "session.json")
    private var state = if (kept.exists()) AuthState.jsonDeserialize(kept.readText()) else AuthState()

    val isSignedIn: Boolean get() = state.isAuthorized

    /** Opens the sign-in pages when it is started for a result. AppAuth adds challenge, state and nonce. */
    suspend fun signInIntent(): Intent {
        val client = signIn.getString("clientId")
        val request = AuthorizationRequest.Builder(issuer(), client, ResponseTypeValues.CODE, Uri.parse(REDIRECT))
            .setScope(signIn.getString("scope"))
        val audience = signIn.getString("audience")
        if (audience.isNotEmpty()) request.setAdditionalParameters(mapOf("audience" to audience))
        return service.getAuthorizationRequestIntent(request.build())
    }

    /** Exchanges the code that came back for tokens. Throws AuthorizationException where the issuer refused. */
    suspend fun finish(result: Intent) {
        val answer = AuthorizationResponse.fromIntent(result)
        val refusal = AuthorizationException.fromIntent(result)
        state = AuthState(answer, refusal)
        if (answer == null) throw checkNotNull(refusal)
        suspendCancellableCoroutine<Unit> { waiting ->
            service.performTokenRequest(answer.createTokenExchangeRequest()) { tokens, fault ->
                state.update(tokens, fault)
                if (fault == null) waiting.resume(Unit) else waiting.resumeWithException(fault)
            }
        }
        keep()
    }

    /** Status and text of the API's answer. */
    suspend fun call(method: String, path: String, body: JSONObject? = null): Pair<Int, String> {
        val token = freshToken()
        return withContext(Dispatchers.IO) {
            val request = URL(config.getString("apiUrl") + path).openConnection() as HttpURLConnection
            try {
                request.requestMethod = method
                request.setRequestProperty("Authorization", "Bearer $token")
                if (body != null) {
                    request.doOutput = true
                    request.setRequestProperty("Content-Type", "application/json")
                    request.outputStream.use { it.write(body.toString().toByteArray()) }
                }
                val status = request.responseCode
                val text = (if (status < 400) request.inputStream else request.errorStream)?.bufferedReader()?.readText()
                status to text.orEmpty()
            } finally {
                request.disconnect()
            }
        }
    }

    /** Forgets the tokens and ends the browser's session with the issuer, if it has an address for that. */
    fun signOut() {
        state = AuthState()
        kept.delete()
        val address = signIn.getString("endSession").ifEmpty { return }
        val page = Uri.parse(address).buildUpon()
            .appendQueryParameter("client_id", signIn.getString("clientId"))
            .appendQueryParameter("logout_uri", LOGOUT)
            .build()
        val tab = CustomTabsIntent.Builder().build()
        tab.intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
        tab.launchUrl(context, page)
    }

    private suspend fun issuer(): AuthorizationServiceConfiguration = suspendCancellableCoroutine { waiting ->
        AuthorizationServiceConfiguration.fetchFromIssuer(Uri.parse(signIn.getString("authority"))) { found, fault ->
            if (found != null) waiting.resume(found) else waiting.resumeWithException(checkNotNull(fault))
        }
    }

    /** The token that the API takes, renewed if it has ended. */
    private suspend fun freshToken(): String {
        val token = suspendCancellableCoroutine<String> { waiting ->
            state.performActionWithFreshTokens(service) { access, id, fault ->
                val wanted = if (signIn.getString("token") == "id") id else access
                if (wanted != null) waiting.resume(wanted) else waiting.resumeWithException(checkNotNull(fault))
            }
        }
        keep()
        return token
    }

    private fun keep() = kept.writeText(state.jsonSerializeString())
}
