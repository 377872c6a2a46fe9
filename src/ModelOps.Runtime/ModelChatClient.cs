using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;

namespace ModelOps.Runtime;

/// <summary>Answers with a model package: loads the base model and the adapter from the app's <c>models</c> folder and runs them in this process.</summary>
/// <remarks>Thread-safe; requests are answered one after another. Weights are memory-mapped, so the memory needed is about the size of the base model's
/// file, shared with every other process that maps it, plus the key-value cache of one conversation.</remarks>
public sealed class ModelChatClient : IChatClient
{
    private readonly ModelManifest _manifest;
    private readonly ChatModel _model;
    private readonly Generator _generator;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ChatClientMetadata _metadata;

    private ModelChatClient(ModelManifest manifest, ChatModel model, int threads)
    {
        _manifest = manifest;
        _model = model;
        _generator = new Generator(model.Model, model.Adapter, threads);
        _metadata = new ChatClientMetadata("modelops", defaultModelId: $"{manifest.Id}@{manifest.Version}");
    }

    /// <summary>What the package says about itself.</summary>
    public ModelManifest Manifest => _manifest;

    /// <param name="folder">The model's folder beside the app, as the generated entry point gives it: <c>TicketTriage.Path</c>.</param>
    /// <param name="threads">Threads to use; 0 means all cores. Never changes an answer.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7002</c> to <c>MOPS7007</c>: manifest, base model or adapter cannot be used.</exception>
    public static ModelChatClient Open(string folder, int threads = 0)
    {
        ModelManifest manifest = ModelManifest.Read(Path.Combine(folder, ModelManifest.FileName));
        bool isAdapter = manifest.Base is not null;
        string baseFolder = isAdapter ? BaseFolder(folder, manifest) : folder;
        try
        {
            return new ModelChatClient(manifest, ChatModel.Open(baseFolder, isAdapter ? folder : null), threads);
        }
        catch (Exception e) when (e is Engine.ModelFileException or Engine.Models.AdapterMismatchException)
        {
            throw new DiagnosticException(ConsumeErrors.CannotLoad(manifest.Id, folder, e.Message), e);
        }
    }

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        int[] prompt = Prompt(messages, options);
        GenerationOptions decoding = Decoding(options);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        GeneratedRow answer;
        try
        {
            answer = await Task.Run(() => _generator.Generate([new GenerationPrompt(prompt)], decoding, cancellation: cancellationToken)[0], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }

        return new ChatResponse(new ChatMessage(ChatRole.Assistant, answer.Text))
        {
            ModelId = _metadata.DefaultModelId,
            FinishReason = answer.Reason == StopReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop,
            Usage = new UsageDetails { InputTokenCount = prompt.Length, OutputTokenCount = answer.Tokens.Count, TotalTokenCount = prompt.Length + answer.Tokens.Count },
        };
    }

    /// <summary>One update with the whole answer; the engine gives no pieces yet.</summary>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatResponse response = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (ChatResponseUpdate update in response.ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(ModelManifest) ? _manifest
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        _generator.Dispose();
        _model.Dispose();
        _turn.Dispose();
    }

    /// <summary>The conversation as it was evaluated: with the package's own system message unless the caller brings one.</summary>
    private int[] Prompt(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var turns = messages.Select(message => (message.Role.Value, message.Text)).ToList();
        string? system = options?.Instructions ?? _manifest.SystemPrompt;
        if (system is not null && !turns.Exists(turn => turn.Item1 == ChatRole.System.Value))
        {
            turns.Insert(0, (ChatRole.System.Value, system));
        }

        return _model.EncodePrompt(ChatConversation.FromMessages(turns));
    }

    private GenerationOptions Decoding(ChatOptions? options)
    {
        Core.Protocol.DecodingOptions evaluated = _manifest.Decoding ?? new();
        return _model.Complete(new GenerationOptions
        {
            MaxNewTokens = options?.MaxOutputTokens ?? evaluated.MaxNewTokens,
            Temperature = options?.Temperature ?? evaluated.Temperature,
            TopK = options?.TopK ?? evaluated.TopK,
            TopP = options?.TopP ?? evaluated.TopP,
            Seed = options?.Seed is { } seed ? (ulong)seed : evaluated.Seed,
            StopStrings = options?.StopSequences is { Count: > 0 } stop ? [.. stop] : evaluated.Stop,
        });
    }

    /// <summary>The base model's package is copied beside the adapter's: <c>models/&lt;id&gt;</c>.</summary>
    private static string BaseFolder(string folder, ModelManifest adapter)
    {
        string path = Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!, adapter.Base!.Id);
        if (!File.Exists(Path.Combine(path, ModelManifest.FileName)))
        {
            throw new DiagnosticException(ConsumeErrors.MissingBase(adapter.Id, adapter.Base));
        }

        ModelManifest found = ModelManifest.Read(Path.Combine(path, ModelManifest.FileName));
        return found.BaseDigest == adapter.BaseDigest
            ? path
            : throw new DiagnosticException(ConsumeErrors.WrongBase(adapter.Id, adapter.Base, adapter.BaseDigest, found.BaseDigest));
    }
}
