using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;

namespace ModelOps.Runtime;

/// <summary>Answers with a model package: runs the base model and the adapter of the app's <c>models</c> folder in this process.</summary>
/// <remarks>Thread-safe; concurrent calls are answered together. Weights are memory-mapped and shared with every other process that maps them;
/// <see cref="ModelMemory"/> says beforehand what else is needed.</remarks>
public sealed class ModelChatClient : IChatClient
{
    private readonly IAnswers _answers;
    private readonly ModelHost? _owned;

    /// <param name="model">Disposed of with the client.</param>
    public ModelChatClient(PackagedModel model)
        : this(new LocalAnswers(model))
    {
    }

    internal ModelChatClient(IAnswers answers, ModelHost? owned = null) => (_answers, _owned) = (answers, owned);

    /// <summary>What the package says about itself.</summary>
    public ModelManifest Manifest => _answers.Manifest;

    /// <summary>The model itself: log-probabilities, swapping, the parity probe.</summary>
    /// <exception cref="InvalidOperationException">A provider runs it: the package is a pointer.</exception>
    public PackagedModel Model => Local ?? throw new InvalidOperationException($"The model of package {Manifest.Id} runs at {Manifest.Pointer?.Provider}, not in this process.");

    private PackagedModel? Local => (_answers as LocalAnswers)?.Model;

    private string ModelId => $"{Manifest.Id}@{Manifest.Version}";

    /// <summary>Opens a model of its own. Clients that are to share a base model are opened by one <see cref="ModelHost"/>.</summary>
    /// <param name="folder">The model's folder beside the app, as the generated entry point gives it: <c>TicketTriage.Path</c>.</param>
    /// <param name="threads">Threads to use; 0 means all cores. Never changes an answer.</param>
    /// <inheritdoc cref="ModelHost.Open" path="/exception"/>
    [RequiresUnreferencedCode(ModelHost.Trimming), RequiresDynamicCode(ModelHost.Trimming)]
    public static ModelChatClient Open(string folder, int threads = 0) => Open(folder, new ModelRuntimeOptions { Threads = threads });

    /// <inheritdoc cref="Open(string, int)"/>
    [RequiresUnreferencedCode(ModelHost.Trimming), RequiresDynamicCode(ModelHost.Trimming)]
    public static ModelChatClient Open(string folder, ModelRuntimeOptions options)
    {
        var host = new ModelHost(options);
        try
        {
            return new ModelChatClient(host.OpenAnswers(folder), host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <exception cref="DiagnosticException"><c>MOPS7008</c>: the conversation is too long, or the chat template refuses it; <c>MOPS7108</c>: the options ask for something it cannot do.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed, before or while it answered.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatAnswer answer = await _answers.AnswerAsync(Question(messages, options), null, cancellationToken).ConfigureAwait(false);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, answer.Text))
        {
            ModelId = ModelId,
            CreatedAt = DateTimeOffset.UtcNow,
            FinishReason = FinishReason(answer),
            Usage = Usage(answer),
            RawRepresentation = answer.Raw,
        };
    }

    /// <summary>An update for each piece of text as it becomes certain, then one with the usage and why the answer ended.</summary>
    /// <inheritdoc cref="GetResponseAsync" path="/exception"/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ModelQuestion question = Question(messages, options);
        string id = Guid.NewGuid().ToString("N");
        var pieces = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ChatAnswer> answering = AnswerInto(pieces.Writer);
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return Update(id, new TextContent(piece));
                cancellationToken.ThrowIfCancellationRequested(); // Also when the answer was complete before anybody asked for it to stop.
            }

            ChatAnswer answer = await answering.ConfigureAwait(false);
            ChatResponseUpdate last = Update(id, new UsageContent(Usage(answer)));
            last.FinishReason = FinishReason(answer);
            last.RawRepresentation = answer.Raw;
            yield return last;
        }
        finally
        {
            // A reader who leaves early wants no more of it.
            await reading.CancelAsync().ConfigureAwait(false);
            await ((Task)answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<ChatAnswer> AnswerInto(ChannelWriter<string> writer)
        {
            try
            {
                return await _answers.AnswerAsync(question, text => writer.TryWrite(text), reading.Token).ConfigureAwait(false);
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
            : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata(Manifest.Pointer?.Provider ?? ModelTelemetry.Provider, defaultModelId: ModelId)
            : serviceType == typeof(ModelManifest) ? Manifest
            : serviceType == typeof(PackagedModel) ? Local
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Cancels the answers in progress, waits for them to let go of the weights, and unmaps those that nobody else uses.</summary>
    public void Dispose()
    {
        _answers.Dispose();
        _owned?.Dispose();
    }

    private static ChatFinishReason FinishReason(ChatAnswer answer) => answer.IsComplete ? ChatFinishReason.Stop : ChatFinishReason.Length;

    private static UsageDetails Usage(ChatAnswer answer) => new()
    {
        InputTokenCount = answer.PromptTokens,
        OutputTokenCount = answer.CompletionTokens,
        TotalTokenCount = answer.PromptTokens + answer.CompletionTokens,
    };

    private ChatResponseUpdate Update(string id, AIContent content) =>
        new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = ModelId, CreatedAt = DateTimeOffset.UtcNow };

    private ModelQuestion Question(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Refuse(options?.Tools is { Count: > 0 }, "tools");
        Refuse(options?.FrequencyPenalty is not (null or 0), "a frequency penalty");
        Refuse(options?.PresencePenalty is not (null or 0), "a presence penalty");
        JsonElement? schema = (options?.ResponseFormat as ChatResponseFormatJson)?.Schema;
        return new ModelQuestion([.. messages.Select(Message)])
        {
            Instructions = options?.Instructions,
            MaxTokens = options?.MaxOutputTokens,
            Temperature = options?.Temperature,
            TopK = options?.TopK,
            TopP = options?.TopP,
            Seed = options?.Seed is { } seed ? (ulong)seed : null,
            Stop = options?.StopSequences is { Count: > 0 } stop ? [.. stop] : null,
            Schema = schema,
            Format = options?.ResponseFormat switch
            {
                null => AnswerFormat.AsEvaluated,
                ChatResponseFormatJson => schema is null ? AnswerFormat.JsonObject : AnswerFormat.JsonSchema,
                _ => AnswerFormat.Text,
            },
        };
    }

    private PromptMessage Message(ChatMessage message)
    {
        Refuse(message.Contents.Any(content => content is DataContent or UriContent or FunctionCallContent or FunctionResultContent), "content other than text");
        return new PromptMessage(message.Role.Value, message.Text);
    }

    private void Refuse(bool asked, string what)
    {
        if (asked)
        {
            throw new DiagnosticException(RuntimeErrors.Unsupported(Manifest.Id, what));
        }
    }
}
