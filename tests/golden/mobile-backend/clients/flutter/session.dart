import 'dart:convert';

import 'package:flutter/services.dart' show rootBundle;
import 'package:flutter_appauth/flutter_appauth.dart';
import 'package:flutter_secure_storage/flutter_secure_storage.dart';
import 'package:http/http.dart' as http;
import 'package:url_launcher/url_launcher.dart';

const _redirect = "box-office://callback";
const _logout = "box-office://logout";
const _kept = 'refresh-token';

/// Signs people in with the system's browser, keeps their tokens fresh and calls the API, as config.json says.
class Session {
  Session._(this._config, this._refreshToken);

  final Map<String, dynamic> _config;
  final _appAuth = const FlutterAppAuth();
  static const _storage = FlutterSecureStorage();
  String? _refreshToken;
  String? _token;
  DateTime _ends = DateTime.fromMillisecondsSinceEpoch(0);

  static Future<Session> load() async {
    final config = jsonDecode(await rootBundle.loadString('assets/config.json'));
    return Session._(config as Map<String, dynamic>, await _storage.read(key: _kept));
  }

  Map<String, dynamic> get _signIn => _config['signIn'] as Map<String, dynamic>;

  bool get isSignedIn => _refreshToken != null;

  /// Opens the sign-in pages. AppAuth adds challenge, state and nonce, and exchanges the code for tokens.
  Future<void> signIn() async {
    final audience = _signIn['audience'] as String;
    final tokens = await _appAuth.authorizeAndExchangeCode(
      AuthorizationTokenRequest(
        _signIn['clientId'] as String,
        _redirect,
        issuer: _signIn['authority'] as String,
        scopes: (_signIn['scope'] as String).split(' '),
        additionalParameters: audience.isEmpty ? null : {'audience': audience},
      ),
    );
    await _keep(tokens);
  }

  /// The API's answer; whoever calls looks at its status.
  Future<http.Response> call(String method, String path, {Object? body}) async {
    final request = http.Request(method, Uri.parse('${_config['apiUrl']}$path'));
    request.headers['Authorization'] = 'Bearer ${await _freshToken()}';
    if (body != null) {
      request.headers['Content-Type'] = 'application/json';
      request.body = jsonEncode(body);
    }
    return http.Response.fromStream(await request.send());
  }

  /// Forgets the tokens and ends the browser's session with the issuer, if it has an address for that.
  Future<void> signOut() async {
    _token = _refreshToken = null;
    await _storage.delete(key: _kept);
    final address = _signIn['endSession'] as String;
    if (address.isEmpty) return;
    final query = {'client_id': _signIn['clientId'] as String, 'logout_uri': _logout};
    await launchUrl(Uri.parse(address).replace(queryParameters: query), mode: LaunchMode.externalApplication);
  }

  /// The token that the API takes, renewed a minute before it ends.
  Future<String> _freshToken() async {
    if (_token == null || DateTime.now().isAfter(_ends.subtract(const Duration(minutes: 1)))) {
      if (_refreshToken == null) throw StateError('nobody is signed in');
      final tokens = await _appAuth.token(
        TokenRequest(
          _signIn['clientId'] as String,
          _redirect,
          issuer: _signIn['authority'] as String,
          refreshToken: _refreshToken,
        ),
      );
      await _keep(tokens);
    }
    return _token!;
  }

  Future<void> _keep(TokenResponse tokens) async {
    _token = _signIn['token'] == 'id' ? tokens.idToken : tokens.accessToken;
    _ends = tokens.accessTokenExpirationDateTime ?? DateTime.now();
    _refreshToken = tokens.refreshToken ?? _refreshToken; // an issuer that doesn't change it leaves it out
    await _storage.write(key: _kept, value: _refreshToken);
  }
}
