using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation.Constraints;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Generation;

/// <summary>A model folder ready to chat: weights, tokenizer, chat template, and the tokens that end an answer; with an adapter where one is given.</summary>
public sealed class ChatModel : IDisposable
{
    private ChatModel(LlamaModel model, LoraAdapter? adapter, ConversationRenderer conversations, IReadOnlyList<int> stopTokenIds)
    {
        Model = model;
        Adapter = adapter;
        Conversations = conversations;
        StopTokenIds = stopTokenIds;
    }

    public LlamaModel Model { get; }

    public LoraAdapter? Adapter { get; }

    /// <summary>How conversations become tokens.</summary>
    public ConversationRenderer Conversations { get; }

    public Tokenizer Tokenizer => Conversations.Tokenizer;

    public ChatTemplate Template => Conversations.Template;

    /// <summary>
    /// What <c>generation_config.json</c>, <c>config.json</c> and <c>tokenizer_config.json</c> name as end of text or of a turn, and the
    /// token with which the template ends the assistant's turn: a tuned model has learnt to give that one.
    /// </summary>
    public IReadOnlyList<int> StopTokenIds { get; }

    /// <param name="folder">A Hugging Face model folder.</param>
    /// <param name="adapterFolder">A PEFT adapter folder; null for the bare model.</param>
    /// <param name="quantization">How the model's linear layers are held; <see cref="LlamaModel.Load"/>.</param>
    /// <exception cref="ModelFileException">A file is missing, malformed or unsupported.</exception>
    /// <exception cref="AdapterMismatchException">The adapter does not belong to the model, or changes nothing.</exception>
    public static ChatModel Open(string folder, string? adapterFolder = null, WeightQuantization quantization = WeightQuantization.None)
    {
        ConversationRenderer conversations = ConversationRenderer.Load(folder);
        LlamaModel model = LlamaModel.Load(folder, quantization);
        try
        {
            IReadOnlyList<int> stopTokens = FindStopTokens(folder, model.Config, conversations);
            LoraAdapter? adapter = adapterFolder is null ? null : LoraAdapter.Load(adapterFolder, model.Config);
            return new ChatModel(model, adapter, conversations, stopTokens);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The tokens of a conversation up to where the assistant answers.</summary>
    public int[] EncodePrompt(ChatConversation conversation) => Conversations.RenderPrompt(conversation);

    /// <summary>Compiles a schema for this model's tokens.</summary>
    /// <param name="schema">A JSON Schema; <c>docs/formats/json-schema-subset.md</c> says which keywords it may have.</param>
    /// <exception cref="JsonSchemaException">The schema is outside of the subset.</exception>
    public JsonConstraint Constrain(string schema) => JsonConstraint.Compile(schema, Tokenizer, StopTokenIds);

    /// <summary>Lets an answer be any JSON object and nothing else.</summary>
    public JsonConstraint ConstrainToObject() => JsonConstraint.AnyObject(Tokenizer, StopTokenIds);

    /// <summary>Completes what this model alone knows: the tokens that end an answer, and how tokens become text.</summary>
    public GenerationOptions Complete(GenerationOptions options) => options with
    {
        StopTokenIds = [.. StopTokenIds, .. options.StopTokenIds],
        Tokenizer = options.Tokenizer ?? Tokenizer,
    };

    public void Dispose()
    {
        Adapter?.Dispose();
        Model.Dispose();
    }

    private static int[] FindStopTokens(string folder, LlamaConfig config, ConversationRenderer conversations)
    {
        var ids = new SortedSet<int>(config.EosTokenIds);
        ids.UnionWith(EndTokens(Path.Combine(folder, "generation_config.json")));
        if (TokenizerConfig.Load(folder).EosToken is { } token && conversations.Tokenizer.IdOf(token) is { } tokenId)
        {
            ids.Add(tokenId);
        }

        if (conversations.EndOfTurnToken is { } endOfTurn)
        {
            ids.Add(endOfTurn);
        }

        return [.. ids];
    }

    private static IReadOnlyList<int> EndTokens(string generationConfig)
    {
        if (!File.Exists(generationConfig))
        {
            return [];
        }

        return ConfigFile.Read(generationConfig, "a model folder", json => json.IntOrList("eos_token_id"));
    }
}
