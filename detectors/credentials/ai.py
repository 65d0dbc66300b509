"""Keys of vendors of language models, speech, search and agent tools."""

from __future__ import annotations

from detectors.credentials.detector import CredentialDetector
from detectors.credentials.formats import HEX32, HEX40, HEX64, UUID, beside, prefixed, shaped

DETECTORS: tuple[CredentialDetector, ...] = (
    *prefixed(
        # Keys have 93 characters and "AA" behind the generation; OAuth and session tokens vary.
        (
            "ANTHROPIC_API_KEY",
            "sk-ant-",
            r"(?:api|admin)[0-9]{2}-[A-Za-z0-9_\-]{93}AA|(?:oat|ort|sid)[0-9]{2}-[A-Za-z0-9_\-]{60,120}",
            "https://docs.claude.com/en/api/overview",
        ),
        ("HUGGINGFACE_TOKEN", "hf_", r"[A-Za-z]{34}", "https://huggingface.co/docs/hub/security-tokens"),
        ("HUGGINGFACE_ORG_TOKEN", "api_org_", r"[A-Za-z]{34}", "https://huggingface.co/docs/hub/security-tokens"),
        ("GROQ_API_KEY", "gsk_", r"[A-Za-z0-9]{52}", "https://console.groq.com/docs/quickstart"),
        ("XAI_API_KEY", "xai-", r"[A-Za-z0-9]{80}", "https://docs.x.ai/docs/tutorial"),
        (
            "PERPLEXITY_API_KEY",
            "pplx-",
            r"[A-Za-z0-9]{48}(?:[A-Za-z0-9]{8})?",
            "https://docs.perplexity.ai/getting-started/quickstart",
        ),
        ("REPLICATE_TOKEN", "r8_", r"[A-Za-z0-9]{37}", "https://replicate.com/docs/topics/security/api-tokens"),
        ("OPENROUTER_KEY", "sk-or-v1-", r"[0-9a-f]{64}", "https://openrouter.ai/docs/api-reference/authentication"),
        ("TOGETHER_AI_KEY", "tgp_v1_", r"[A-Za-z0-9_\-]{43}", "https://docs.together.ai/docs/quickstart"),
        ("LLAMA_CLOUD_KEY", "llx-", r"[A-Za-z0-9]{48}", "https://docs.cloud.llamaindex.ai/"),
        (
            "LANGSMITH_KEY",
            "lsv2_",
            r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
            "https://docs.smith.langchain.com/administration/how_to_guides/organization_management/create_account_api_key",
        ),
        ("LANGFUSE_KEY", "sk-lf-", UUID, "https://langfuse.com/docs/api"),
        (
            "PINECONE_KEY",
            "pcsk_",
            r"[A-Za-z0-9]{4,8}_[A-Za-z0-9]{58,66}",
            "https://docs.pinecone.io/guides/projects/manage-api-keys",
        ),
        (
            "TAVILY_KEY",
            "tvly-",
            r"(?:dev-|prod-)?[A-Za-z0-9]{30,40}",
            "https://docs.tavily.com/documentation/quickstart",
        ),
        ("ELEVENLABS_KEY", "sk_", r"[0-9a-f]{48}", "https://elevenlabs.io/docs/api-reference/authentication"),
        ("VOYAGE_AI_KEY", "pa-", r"[A-Za-z0-9_\-]{43}", "https://docs.voyageai.com/docs/api-key-and-installation"),
        ("NVIDIA_API_KEY", "nvapi-", r"[A-Za-z0-9_\-]{60,70}", "https://docs.api.nvidia.com/nim/docs/api-quickstart"),
        ("CEREBRAS_KEY", "csk-", r"[a-z0-9]{48}", "https://inference-docs.cerebras.ai/quickstart"),
        ("FIREWORKS_KEY", "fw_", r"[A-Za-z0-9]{22,24}", "https://docs.fireworks.ai/api-reference/introduction"),
        ("JINA_KEY", "jina_", r"[0-9a-f]{32}[A-Za-z0-9_\-]{28}", "https://jina.ai/embeddings/"),
        ("FIRECRAWL_KEY", "fc-", r"[0-9a-f]{32}", "https://docs.firecrawl.dev/introduction"),
        ("E2B_KEY", "e2b_", r"[0-9a-f]{40}", "https://e2b.dev/docs/api-key"),
        ("MODAL_TOKEN", "as-", r"[A-Za-z0-9]{22}", "https://modal.com/docs/reference/modal.config"),
        ("RUNPOD_KEY", "rpa_", r"[A-Z0-9]{40}[a-z0-9]{4,8}", "https://docs.runpod.io/get-started/api-keys"),
        ("CURSOR_KEY", "key_", r"[0-9a-f]{64}", "https://docs.cursor.com/account/teams/admin-api"),
        (
            "HELICONE_KEY",
            "sk-helicone-",
            r"[a-z0-9\-]{24,48}",
            "https://docs.helicone.ai/helicone-headers/helicone-auth",
        ),
        (
            "DEEPSEEK_KEY",
            "sk-",
            r"[0-9a-f]{32}",
            "https://api-docs.deepseek.com/ and https://help.aliyun.com/zh/model-studio/get-api-key",
        ),
        (
            "STABILITY_KEY",
            "sk-",
            r"[A-Za-z0-9]{48}",
            "https://platform.stability.ai/docs/getting-started/authentication",
        ),
        (
            "BRAVE_SEARCH_KEY",
            "BSA",
            r"[A-Za-z0-9_\-]{27,28}",
            "https://api-dashboard.search.brave.com/app/documentation",
        ),
        ("COMPOSIO_KEY", "ak_", r"[A-Za-z0-9_\-]{20}", "https://docs.composio.dev/docs/authenticating-users"),
        ("WANDB_KEY", "wandb_v1_", r"[A-Za-z0-9_]{70,90}", "https://docs.wandb.ai/guides/track/environment-variables/"),
    ),
    *shaped(
        # All generations carry the base64 of "OpenAI" in the middle.
        (
            "OPENAI_API_KEY",
            "T3BlbkFJ",
            r"sk-(?:(?:proj|svcacct|admin|None)-)?[A-Za-z0-9_\-]{20,90}?T3BlbkFJ[A-Za-z0-9_\-]{20,90}",
            "https://platform.openai.com/docs/api-reference/authentication",
        ),
    ),
    *beside(
        ("COHERE_KEY", "cohere co_api_key", r"[A-Za-z0-9]{40}", "https://docs.cohere.com/docs/rate-limits"),
        ("MISTRAL_KEY", "mistral", r"[A-Za-z0-9]{32}", "https://docs.mistral.ai/getting-started/quickstart/"),
        ("AI21_KEY", "ai21", r"[A-Za-z0-9]{32}", "https://docs.ai21.com/reference/authentication"),
        ("DEEPGRAM_KEY", "deepgram", HEX40, "https://developers.deepgram.com/docs/authenticating"),
        ("ASSEMBLYAI_KEY", "assembly_ai", HEX32, "https://www.assemblyai.com/docs/api-reference/overview"),
        ("WEIGHTS_AND_BIASES_KEY", "wandb", HEX40, "https://docs.wandb.ai/guides/track/environment-variables/"),
        ("EXA_KEY", "exa_api", UUID, "https://docs.exa.ai/reference/getting-started"),
        ("SERPAPI_KEY", "serp_api", HEX64, "https://serpapi.com/search-api"),
        ("SERPER_KEY", "serper", HEX40, "https://serper.dev/"),
        (
            "ZHIPU_KEY",
            "zhipu bigmodel chatglm",
            r"[0-9a-f]{32}\.[A-Za-z0-9]{16}",
            "https://docs.bigmodel.cn/cn/api/introduction",
        ),
        ("CLARIFAI_KEY", "clarifai", HEX32, "https://docs.clarifai.com/control/authentication/pat"),
        (
            "EDENAI_KEY",
            "eden_ai",
            r"[A-Za-z0-9]{36}\.[A-Za-z0-9]{92}\.[A-Za-z0-9_\-]{43}|[A-Za-z0-9]{36}\.[A-Za-z0-9_\-]{60,160}",
            "https://docs.edenai.co/docs/authentication",
        ),
        (
            "AZURE_OPENAI_KEY",
            "azure_openai cognitive cognitiveservices",
            rf"[A-Za-z0-9]{{84}}|{HEX32}",
            "https://learn.microsoft.com/en-us/azure/ai-services/openai/reference",
        ),
    ),
)
