using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Generation.Constraints;

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
    private readonly CancellationTokenSource _closing = new();
    private readonly ChatClientMetadata _metadata;
    private CompiledSchema? _constraint;
    private bool _disposed;

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
        catch (Exception e) when (e is Engine.ModelFileException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ConsumeErrors.CannotLoad(manifest.Id, folder, e.Message), e);
        }
    }

    /// <exception cref="DiagnosticException"><c>MOPS7008</c>: the conversation is too long, or the chat template refuses it.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed, before or while it answered.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        int[] prompt = Prompt(messages, options);
        GeneratedRow answer = await AnswerAsync(prompt, Decoding(options), onText: null, cancellationToken).ConfigureAwait(false);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, answer.Text))
        {
            ModelId = _metadata.DefaultModelId,
            FinishReason = FinishReason(answer),
            Usage = Usage(prompt, answer),
        };
    }

    /// <summary>An update for each piece of text as it becomes certain, then one with the usage and why the answer ended.</summary>
    /// <inheritdoc cref="GetResponseAsync" path="/exception"/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int[] prompt = Prompt(messages, options);
        GenerationOptions decoding = Decoding(options);
        string id = Guid.NewGuid().ToString("N");
        var pieces = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<GeneratedRow> answering = AnswerInto(pieces.Writer);
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return Update(id, new TextContent(piece));
                cancellationToken.ThrowIfCancellationRequested(); // Also when the answer was complete before anybody asked for it to stop.
            }

            GeneratedRow answer = await answering.ConfigureAwait(false);
            ChatResponseUpdate last = Update(id, new UsageContent(Usage(prompt, answer)));
            last.FinishReason = FinishReason(answer);
            yield return last;
        }
        finally
        {
            // A reader who leaves early wants no more of it.
            await reading.CancelAsync().ConfigureAwait(false);
            await ((Task)answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<GeneratedRow> AnswerInto(ChannelWriter<string> writer)
        {
            try
            {
                return await AnswerAsync(prompt, decoding, piece => writer.TryWrite(piece), reading.Token).ConfigureAwait(false);
            }
            finally
            {
                writer.Complete();
            }
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

    /// <summary>Cancels the answer in progress, waits for it to let go of the weights, and unmaps them.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        _turn.Wait();
        if (!_disposed)
        {
            _disposed = true;
            _generator.Dispose();
            _model.Dispose();
        }

        // Neither is disposed of: callers may still wait for their turn, and both hold memory alone.
        _turn.Release();
    }

    private static ChatFinishReason FinishReason(GeneratedRow answer) => answer.Reason == StopReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;

    private static UsageDetails Usage(int[] prompt, GeneratedRow answer) =>
        new() { InputTokenCount = prompt.Length, OutputTokenCount = answer.Tokens.Count, TotalTokenCount = prompt.Length + answer.Tokens.Count };

    private ChatResponseUpdate Update(string id, AIContent content) =>
        new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = _metadata.DefaultModelId };

    private async Task<GeneratedRow> AnswerAsync(int[] prompt, GenerationOptions decoding, Action<string>? onText, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
            Action<int, string>? onPiece = onText is null ? null : (_, piece) => onText(piece);
            return await Task.Run(() => _generator.Generate([new GenerationPrompt(prompt)], decoding, onText: onPiece, cancellation: either.Token)[0], CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(ModelChatClient), "The client was disposed while it answered.");
        }
        catch (Exception e) when (e is GenerationException or ArgumentException)
        {
            throw new DiagnosticException(ConsumeErrors.CannotAnswer(_manifest.Id, e.Message), e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The conversation as it was evaluated: with the package's own system message, unless the caller brings one, as a message or as instructions.
    /// A caller who brings both gets both in one message, instructions first.</summary>
    private int[] Prompt(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var turns = messages.Select(message => (Role: message.Role.Value, message.Text)).ToList();
        int own = turns.FindIndex(turn => turn.Role == ChatRole.System.Value);
        string? instructions = options?.Instructions is { Length: > 0 } given ? given : null;
        if (own < 0 && (instructions ?? _manifest.SystemPrompt) is { } system)
        {
            turns.Insert(0, (ChatRole.System.Value, system));
        }
        else if (own >= 0 && instructions is not null)
        {
            turns[own] = (ChatRole.System.Value, $"{instructions}\n{turns[own].Text}");
        }

        try
        {
            return _model.EncodePrompt(ChatConversation.FromMessages(turns));
        }
        catch (ChatTemplateException e)
        {
            throw new DiagnosticException(ConsumeErrors.CannotAnswer(_manifest.Id, e.Message), e);
        }
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
            RepetitionPenalty = evaluated.RepetitionPenalty,
            Seed = options?.Seed is { } seed ? (ulong)seed : evaluated.Seed,
            StopStrings = options?.StopSequences is { Count: > 0 } stop ? [.. stop] : evaluated.Stop,
            Constraint = Schema(options, evaluated) is { } schema ? Constraint(schema.GetRawText()) : null,
        });
    }

    /// <summary>The caller's schema, or that of the evaluation where the caller says nothing of the format.</summary>
    private JsonElement? Schema(ChatOptions? options, Core.Protocol.DecodingOptions evaluated) => options?.ResponseFormat switch
    {
        null => evaluated.JsonSchema,
        ChatResponseFormatJson { Schema: { } schema } => schema,
        ChatResponseFormatJson => evaluated.JsonSchema ?? throw new DiagnosticException(ConsumeErrors.CannotAnswer(_manifest.Id, "the response format asks for JSON without a schema; give it one")),
        _ => null,
    };

    /// <summary>Compiling takes longer than a short answer, and most callers have one schema.</summary>
    private JsonConstraint Constraint(string schema)
    {
        try
        {
            if (_constraint is { } last && last.Schema == schema)
            {
                return last.Constraint;
            }

            JsonConstraint constraint = _model.Constrain(schema);
            _constraint = new CompiledSchema(schema, constraint);
            return constraint;
        }
        catch (JsonSchemaException e)
        {
            throw new DiagnosticException(ConsumeErrors.CannotAnswer(_manifest.Id, e.Message), e);
        }
    }

    private sealed record CompiledSchema(string Schema, JsonConstraint Constraint);

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
