"""Keys of payment, banking, accounting, exchanges and blockchains."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside, prefixed, shaped

_SQUARE = "https://developer.squareup.com/docs/build-basics/access-tokens"
_PAYPAL = "https://developer.paypal.com/api/rest/authentication/"
_ADYEN = "https://docs.adyen.com/development-resources/api-credentials"

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        # Publishable keys (pk_) are public by design.
        ("STRIPE_KEY", "sk_", r"(?:live|test|prod)_[A-Za-z0-9]{10,247}", "https://docs.stripe.com/keys"),
        ("STRIPE_KEY", "rk_", r"(?:live|test|prod)_[A-Za-z0-9]{10,247}", "https://docs.stripe.com/keys"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_", r"[A-Za-z0-9+/=]{24,64}", "https://docs.stripe.com/webhooks/signature"),
        ("SQUARE_TOKEN", "sq0", r"(?:atp|csp|idp)-[A-Za-z0-9_\-]{22,43}", _SQUARE),
        ("SQUARE_ACCESS_TOKEN", "EAAA", r"[A-Za-z0-9_\-]{60}", _SQUARE),
        (
            "PAYPAL_BRAINTREE_TOKEN",
            "access_token$",
            r"(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
            "https://developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials",
        ),
        (
            "ADYEN_KEY",
            "AQE",
            r"[A-Za-z0-9]{4,8}[A-Za-z0-9+/=]{20,160}-[A-Za-z0-9+/=]{40,50}-[A-Za-z0-9(){}<>:;.,|~&#?*+^$@!%\[\]]{10,24}",
            _ADYEN,
        ),
        (
            "RAZORPAY_KEY",
            "rzp_",
            r"(?:live|test)_[A-Za-z0-9]{14}",
            "https://razorpay.com/docs/payments/dashboard/account-settings/api-keys/",
        ),
        (
            "GOCARDLESS_TOKEN",
            "live_",
            r"(?=[A-Za-z0-9_\-]{0,30}[0-9])[A-Za-z0-9_\-]{40}",
            "https://developer.gocardless.com/getting-started/api/making-your-first-request/",
        ),
        (
            "MOLLIE_KEY",
            "live_",
            r"(?=[A-Za-z]{0,24}[0-9])[A-Za-z0-9]{30}",
            "https://docs.mollie.com/reference/authentication",
        ),
        (
            "CHECKOUT_COM_KEY",
            "sk_",
            r"(?:sbox_)?[a-z0-9]{26}[a-z0-9*#$=]",
            "https://www.checkout.com/docs/developer-resources/api/manage-api-keys",
        ),
        ("PLAID_TOKEN", "access-", rf"(?:sandbox|development|production)-{UUID}", "https://plaid.com/docs/api/tokens/"),
        (
            "PADDLE_KEY",
            "pdl_",
            r"(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}",
            "https://developer.paddle.com/api-reference/about/authentication",
        ),
        (
            "KLARNA_KEY",
            "klarna_",
            r"(?:live|test)_api_[A-Za-z0-9_+/=!*#\-]{20,120}",
            "https://docs.klarna.com/api/authentication/",
        ),
        (
            "XENDIT_KEY",
            "xnd_",
            r"(?:production|development)_[A-Za-z0-9]{40,80}",
            "https://docs.xendit.co/docs/api-keys",
        ),
        ("MIDTRANS_KEY", "Mid-server-", r"[A-Za-z0-9_\-]{24}", "https://docs.midtrans.com/docs/midtrans-account"),
        (
            "MERCADO_PAGO_TOKEN",
            "APP_USR-",
            r"[0-9]{10,20}-[0-9]{6}-[0-9a-f]{32}-[0-9]{6,12}",
            "https://www.mercadopago.com/developers/en/docs/your-integrations/credentials",
        ),
        ("PAGARME_KEY", "ak_", r"(?:live|test)_[A-Za-z0-9]{30}", "https://docs.pagar.me/docs/chaves-de-acesso"),
        (
            "DUFFEL_TOKEN",
            "duffel_",
            r"(?:test|live)_[A-Za-z0-9_\-=]{43}",
            "https://duffel.com/docs/api/overview/authentication",
        ),
        ("LOB_KEY", "live_", r"[0-9a-f]{35}", "https://docs.lob.com/#tag/Authentication"),
        ("LOB_TEST_KEY", "test_", r"(?:pub_)?[0-9a-f]{31}(?:[0-9a-f]{4})?", "https://docs.lob.com/#tag/Authentication"),
        ("EASYPOST_KEY", "EZ", r"[AT]K[A-Za-z0-9]{54}", "https://docs.easypost.com/docs/authentication"),
        (
            "SHIPPO_TOKEN",
            "shippo_",
            r"(?:live|test)_[a-f0-9]{40}",
            "https://docs.goshippo.com/docs/guides_general/authentication/",
        ),
        (
            "FLUTTERWAVE_KEY",
            "FLW",
            r"(?:PUBK|SECK)(?:_TEST)?-[a-zA-Z0-9]{12,40}(?:-X)?",
            "https://developer.flutterwave.com/docs/authentication",
        ),
        ("OMISE_KEY", "skey_", r"(?:test_)?[0-9a-z]{19}", "https://docs.omise.co/api-authentication"),
        (
            "RAMP_SECRET",
            "ramp_",
            r"(?:id|sec)_[A-Za-z0-9]{40,48}",
            "https://docs.ramp.com/developer-api/v1/authorization",
        ),
        ("BREX_TOKEN", "bxt_", r"[A-Za-z0-9]{36}", "https://developer.brex.com/docs/authentication/"),
        (
            "MERCURY_TOKEN",
            "secret-token:mercury_",
            r"(?:production|sandbox)_[a-z]{3}_[A-Za-z0-9]{40,60}_[a-z]{4,8}",
            "https://docs.mercury.com/docs/getting-started",
        ),
        ("UP_BANK_TOKEN", "up:yeah:", r"[A-Za-z0-9]{64,160}", "https://developer.up.com.au/#getting-started"),
        ("PERSONA_KEY", "persona_", rf"(?:production|sandbox)_{UUID}", "https://docs.withpersona.com/api-keys"),
        (
            "COINBASE_WEBHOOK_SECRET",
            "organizations/",
            rf"{UUID}/apiKeys/{UUID}",
            "https://docs.cdp.coinbase.com/get-started/authentication/cdp-api-keys",
        ),
        (
            "CIRCLE_KEY",
            "LIVE_API_KEY:",
            rf"{HEX32}:{HEX32}",
            "https://developers.circle.com/w3s/circle-developer-account",
        ),
        ("TATUM_KEY", "t-", r"[0-9a-f]{24}-[0-9a-f]{24}", "https://docs.tatum.io/docs/authentication"),
        (
            "WOOCOMMERCE_KEY",
            "c",
            r"[ks]_[0-9a-f]{40}",
            "https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication",
        ),
        (
            "CHARGEBEE_KEY",
            "live_",
            r"[A-Za-z0-9]{32}cu[A-Za-z0-9]{8,24}",
            "https://apidocs.chargebee.com/docs/api/auth",
        ),
    ),
    *shaped(
        (
            "PAYPAL_BRAINTREE_KEY",
            "production_",
            r"(?:production|sandbox)_[0-9a-z]{8}_[0-9a-z]{16}",
            "https://developer.paypal.com/braintree/docs/guides/authorization/tokenization-key/",
        ),
    ),
    *beside(
        ("PAYPAL_SECRET", "paypal", r"[A-Za-z0-9_\-]{80}", _PAYPAL),
        ("PLAID_SECRET", "plaid", r"[0-9a-f]{30}|[0-9a-f]{24}", "https://plaid.com/docs/api/"),
        (
            "COINBASE_KEY",
            "coinbase",
            r"[A-Za-z0-9_\-]{64}|[A-Za-z0-9]{16,32}",
            "https://docs.cdp.coinbase.com/get-started/authentication/overview",
        ),
        (
            "BINANCE_KEY",
            "binance",
            r"[A-Za-z0-9]{64}",
            "https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security",
        ),
        (
            "KRAKEN_KEY",
            "kraken",
            r"[A-Za-z0-9+/]{78,88}={0,2}|[A-Za-z0-9+/]{56}",
            "https://docs.kraken.com/api/docs/guides/spot-rest-auth",
        ),
        (
            "KUCOIN_KEY",
            "kucoin",
            rf"{UUID}|[0-9a-f]{{24}}",
            "https://www.kucoin.com/docs/basics-info/connection-method/authentication/generating-a-signature",
        ),
        ("BITTREX_KEY", "bittrex", HEX32, "https://bittrex.github.io/api/v3#topic-Authentication"),
        ("BITFINEX_KEY", "bitfinex", r"[A-Za-z0-9]{43}", "https://docs.bitfinex.com/docs/rest-auth"),
        ("BYBIT_KEY", "bybit", r"[A-Za-z0-9]{36}|[A-Za-z0-9]{18}", "https://bybit-exchange.github.io/docs/v5/guide"),
        (
            "OKX_KEY",
            "okx okex",
            rf"{UUID}|[0-9A-F]{{32}}",
            "https://www.okx.com/docs-v5/en/#overview-rest-authentication",
        ),
        (
            "FINICITY_KEY",
            "finicity",
            rf"{HEX32}|[A-Za-z0-9]{{20}}",
            "https://developer.mastercard.com/open-finance-us/documentation/",
        ),
        ("FINNHUB_KEY", "finnhub", r"[a-z0-9]{20}|[a-z0-9]{40}", "https://finnhub.io/docs/api/authentication"),
        ("ALPHA_VANTAGE_KEY", "alpha_vantage", r"[A-Z0-9]{16}", "https://www.alphavantage.co/documentation/"),
        ("POLYGON_KEY", "polygon_io polygon_api", r"[A-Za-z0-9_]{32}", "https://polygon.io/docs/rest/quickstart"),
        (
            "OANDA_TOKEN",
            "oanda",
            r"[0-9a-f]{32}-[0-9a-f]{32}|[A-Za-z0-9]{24}",
            "https://developer.oanda.com/rest-live-v20/authentication/",
        ),
        (
            "ALPACA_KEY",
            "alpaca",
            r"[PA]K[A-Z0-9]{18}|[A-Za-z0-9]{40}",
            "https://docs.alpaca.markets/docs/authentication",
        ),
        ("INFURA_KEY", "infura", HEX32, "https://docs.metamask.io/services/how-to/use-an-api-key/"),
        ("ALCHEMY_KEY", "alchemy", r"[A-Za-z0-9_\-]{32}", "https://www.alchemy.com/docs/create-an-api-key"),
        (
            "ETHERSCAN_KEY",
            "etherscan bscscan polygonscan arbiscan",
            r"[A-Z0-9]{34}",
            "https://docs.etherscan.io/getting-an-api-key",
        ),
        ("MORALIS_KEY", "moralis", r"[A-Za-z0-9]{64}", "https://docs.moralis.com/"),
        ("QUICKNODE_KEY", "quicknode quiknode", HEX40, "https://www.quicknode.com/docs/ethereum"),
        ("COINMARKETCAP_KEY", "coinmarketcap cmc_pro", UUID, "https://coinmarketcap.com/api/documentation/v1/"),
        ("COINAPI_KEY", "coin_api", UUID, "https://docs.coinapi.io/authentication"),
        ("FREEMIUS_SECRET", "freemius", r"sk_[^\s\"']{29}", "https://docs.freemius.com/api"),
        ("FRESHBOOKS_TOKEN", "freshbooks", HEX64, "https://www.freshbooks.com/api/authentication"),
        (
            "XERO_SECRET",
            "xero",
            r"[A-Za-z0-9_\-]{48}|[A-F0-9]{32}",
            "https://developer.xero.com/documentation/guides/oauth2/auth-flow/",
        ),
        (
            "QUICKBOOKS_SECRET",
            "quickbooks intuit",
            r"[A-Za-z0-9]{40}|[A-Za-z0-9]{50}",
            "https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization",
        ),
        ("RECURLY_KEY", "recurly", HEX32, "https://recurly.com/developers/api/"),
        ("DWOLLA_SECRET", "dwolla", r"[A-Za-z0-9]{50}", "https://developers.dwolla.com/docs/auth"),
        (
            "CURRENCY_API_KEY",
            "currencycloud currency_cloud currencylayer currency_layer fixer fast_forex openexchangerates exchangerate",
            rf"{HEX64}|{HEX32}|[0-9a-f]{{24}}|[A-Za-z0-9\-]{{28}}",
            "https://currencylayer.com/documentation",
        ),
        ("MARKETSTACK_KEY", "marketstack", HEX32, "https://marketstack.com/documentation"),
        ("REQUEST_FINANCE_KEY", "request_finance", r"[A-Z0-9]{7}(?:-[A-Z0-9]{7}){3}", "https://docs.request.finance/"),
    ),
)
