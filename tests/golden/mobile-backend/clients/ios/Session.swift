import AppAuth
import AuthenticationServices
import Foundation
import Security
import UIKit

/// What deploy.sh wrote into config.json.
struct Config: Decodable {
    struct SignIn: Decodable {
        let authority: URL
        let clientId, scope, audience, token, endSession: String
    }

    let apiUrl: String
    let signIn: SignIn
}

enum SessionError: Error {
    case notSignedIn
    case keychain(OSStatus)
}

/// Signs people in with the system's browser, keeps their tokens fresh and calls the API, as config.json says.
@MainActor
final class Session: NSObject, ASWebAuthenticationPresentationContextProviding {
    private static let redirect = URL(string: "box-office://callback")!
    private static let logout = URL(string: "box-office://logout")!
    private let config: Config
    private var state: OIDAuthState?
    private var browser: OIDExternalUserAgentSession?
    private var window: UIWindow?

    override init() {
        // a resource of the app: if it is missing, the app was built wrongly
        let file = Bundle.main.url(forResource: "config", withExtension: "json")!
        config = try! JSONDecoder().decode(Config.self, from: Data(contentsOf: file))
        state = Keychain.read().flatMap { try? NSKeyedUnarchiver.unarchivedObject(ofClass: OIDAuthState.self, from: $0) }
    }

    var isSignedIn: Bool { state?.isAuthorized ?? false }

    /// Opens the sign-in pages. AppAuth adds challenge, state and nonce, and exchanges the code for tokens.
    func signIn(presenting controller: UIViewController) async throws {
        let issuer = try await OIDAuthorizationService.discoverConfiguration(forIssuer: config.signIn.authority)
        let audience = config.signIn.audience
        let request = OIDAuthorizationRequest(
            configuration: issuer,
            clientId: config.signIn.clientId,
            scopes: config.signIn.scope.components(separatedBy: " "),
            redirectURL: Self.redirect,
            responseType: OIDResponseTypeCode,
            additionalParameters: audience.isEmpty ? nil : ["audience": audience]
        )
        state = try await withCheckedThrowingContinuation { waiting in
            browser = OIDAuthState.authState(byPresenting: request, presenting: controller) { state, fault in
                if let state { waiting.resume(returning: state) } else { waiting.resume(throwing: fault!) }
            }
        }
        try keep()
    }

    /// Status and text of the API's answer.
    func call(_ method: String, _ path: String, body: Data? = nil) async throws -> (Int, String) {
        var request = URLRequest(url: URL(string: config.apiUrl + path)!)
        request.httpMethod = method
        request.httpBody = body
        request.setValue("Bearer \(try await freshToken())", forHTTPHeaderField: "Authorization")
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        let (data, answer) = try await URLSession.shared.data(for: request)
        return ((answer as! HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))
    }

    /// Forgets the tokens and ends the browser's session with the issuer, if it has an address for that.
    func signOut(presenting controller: UIViewController) async throws {
        state = nil
        Keychain.clear()
        guard var page = URLComponents(string: config.signIn.endSession), page.host != nil else { return }
        page.queryItems = [
            URLQueryItem(name: "client_id", value: config.signIn.clientId),
            URLQueryItem(name: "logout_uri", value: Self.logout.absoluteString),
        ]
        window = controller.view.window
        try await withCheckedThrowingContinuation { (waiting: CheckedContinuation<Void, Error>) in
            let session = ASWebAuthenticationSession(url: page.url!, callbackURLScheme: Self.logout.scheme) { _, fault in
                if let fault { waiting.resume(throwing: fault) } else { waiting.resume() }
            }
            session.presentationContextProvider = self
            session.start()
        }
    }

    func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor {
        window ?? ASPresentationAnchor()
    }

    /// The token that the API takes, renewed if it has ended.
    private func freshToken() async throws -> String {
        guard let state else { throw SessionError.notSignedIn }
        let wantsId = config.signIn.token == "id"
        let token: String = try await withCheckedThrowingContinuation { waiting in
            state.performAction { access, id, fault in
                if let token = wantsId ? id : access {
                    waiting.resume(returning: token)
                } else {
                    waiting.resume(throwing: fault ?? SessionError.notSignedIn)
                }
            }
        }
        try keep()
        return token
    }

    private func keep() throws {
        try Keychain.write(NSKeyedArchiver.archivedData(withRootObject: state!, requiringSecureCoding: true))
    }
}

/// One item of the keychain, which no backup takes to another device.
private enum Keychain {
    private static let item: [CFString: Any] = [
        kSecClass: kSecClassGenericPassword, kSecAttrService: "box-office", kSecAttrAccount: "session",
    ]

    static func read() -> Data? {
        var found: CFTypeRef?
        let query = item.merging([kSecReturnData: true]) { _, new in new }
        return SecItemCopyMatching(query as CFDictionary, &found) == errSecSuccess ? found as? Data : nil
    }

    static func write(_ data: Data) throws {
        clear()
        let values: [CFString: Any] = [
            kSecValueData: data, kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        let status = SecItemAdd(item.merging(values) { _, new in new } as CFDictionary, nil)
        if status != errSecSuccess { throw SessionError.keychain(status) }
    }

    static func clear() {
        SecItemDelete(item as CFDictionary)
    }
}
