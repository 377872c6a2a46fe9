using System.Diagnostics.CodeAnalysis;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;

namespace ModelOps.Runtime;

/// <summary>The model of a package, open: answers as it was evaluated, unless a question says otherwise. Safe for several threads; questions are answered together.</summary>
public sealed class PackagedModel : IDisposable
{
    private readonly ModelHost _host;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private LoadedPackage _loaded;
    private bool _disposed;

    private PackagedModel(ModelHost host, LoadedPackage loaded)
    {
        _host = host;
        _loaded = loaded;
    }

    /// <summary>What the package says about itself.</summary>
    public ModelManifest Manifest => _loaded.Manifest;

    public ModelProof Proof => _loaded.Proof;

    /// <summary>Turns tokens of an answer into their text.</summary>
    public Engine.Tokenization.Tokenizer Tokenizer => _loaded.Model.Chat.Tokenizer;

    [RequiresUnreferencedCode(ModelHost.Trimming), RequiresDynamicCode(ModelHost.Trimming)]
    internal static PackagedModel Open(ModelHost host, string folder) => new(host, Load(host, folder));

    /// <summary>Answers one question.</summary>
    /// <param name="onStep">Called with each token as it comes, on the thread that serves everybody: it must return at once.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7008</c>: the conversation is too long, or template or schema cannot be used; <c>MOPS7108</c>: options that do not go together.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed, before or while it answered.</exception>
    public async Task<ModelAnswer> AnswerAsync(ModelQuestion question, Action<GenerationStep>? onStep = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        LoadedPackage loaded = Use();
        try
        {
            using var telemetry = AnswerTelemetry.Start(loaded.Package, question, streams: onStep is not null);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
            try
            {
                return await AnswerAsync(loaded, question, telemetry.Watch(onStep), telemetry, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw telemetry.Failed(new ObjectDisposedException(nameof(PackagedModel), "The model was disposed while it answered."));
            }
            catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
            {
                throw telemetry.Failed(new OperationCanceledException(e.Message, e, cancellation));
            }
            catch (Exception e) when (e is GenerationException or ArgumentException or ChatTemplateException or Engine.Tokenization.TokenizerException)
            {
                string reason = (e as GenerationException)?.Reason ?? e.Message;
                throw telemetry.Failed(new DiagnosticException(ConsumeErrors.CannotAnswer(loaded.Manifest.Id, reason), e));
            }
            catch (Exception e) when (telemetry.Failed(e) is null)
            {
                throw; // never: the filter has noted it
            }
        }
        finally
        {
            loaded.Leave();
        }
    }

    /// <summary>Asks the package's sealed rows and compares the answers with those of its evaluation, character by character.</summary>
    /// <returns>How many rows were asked; 0 where the package has none.</returns>
    /// <exception cref="DiagnosticException"><c>MOPS7103</c>: an answer differs; <c>MOPS7001</c>: the rows cannot be read.</exception>
    public async Task<int> ProbeParityAsync(CancellationToken cancellation = default)
    {
        ModelManifest manifest = Manifest;
        IReadOnlyList<ParityRow> rows = ParityRow.Read(_loaded.Package.Folder, manifest.Id);
        string[] answers = await Task.WhenAll(rows.Select(async row => (await AnswerAsync(
            new ModelQuestion(row.Messages) { AsIs = true, Stream = GenerationPrompt.StreamOf(row.Id, 0) }, cancellation: cancellation).ConfigureAwait(false)).Text)).ConfigureAwait(false);
        int[] different = [.. Enumerable.Range(0, rows.Count).Where(i => answers[i] != rows[i].Answer)];
        return different.Length == 0 ? rows.Count : throw new DiagnosticException(
            RuntimeErrors.ParityFailed(manifest.Id, rows[different[0]].Id, rows[different[0]].Answer, answers[different[0]], different.Length, rows.Count));
    }

    /// <summary>Puts another version of the package, or another package on the same base, in this one's place. Questions under way keep the adapter they began with.</summary>
    /// <inheritdoc cref="ModelHost.Open" path="/exception"/>
    [RequiresUnreferencedCode(ModelHost.Trimming), RequiresDynamicCode(ModelHost.Trimming)]
    public void Swap(string folder)
    {
        LoadedPackage next = Load(_host, folder), last;
        lock (_gate)
        {
            last = _disposed ? next : _loaded;
            _loaded = _disposed ? _loaded : next;
        }

        last.Leave();
        ObjectDisposedException.ThrowIf(last == next, this);
    }

    /// <summary>Cancels the questions under way and lets go of the adapter and, as the last of its users, of the base model.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        _closing.Cancel();
        _loaded.Leave();
        _loaded.WaitForRelease();
        _host.Forget(this);
    }

    private static LoadedPackage Load(ModelHost host, string folder)
    {
        PackageFolder package = PackageFolder.Read(folder, host.Options);
        if (host.Options.MemoryLimit is { } limit && ModelMemory.Of(package, host.Options).Total is var needed && needed > limit)
        {
            throw new DiagnosticException(RuntimeErrors.TooLittleMemory(package.Manifest.Id, needed, limit));
        }

        LoadedPackage loaded = LoadedPackage.Load(host, package);
        if (!host.Options.ProbeParity || package.Manifest.Kind == ModelManifest.BaseKind)
        {
            return loaded;
        }

        try
        {
            // On a thread of its own: the caller's may be one that answers come back on.
            int rows = Task.Run(() => new PackagedModel(host, loaded).ProbeParityAsync()).GetAwaiter().GetResult();
            return rows > 0 ? loaded : throw new DiagnosticException(RuntimeErrors.NoParityRows(package.Manifest.Id, package.Folder));
        }
        catch
        {
            loaded.Leave();
            throw;
        }
    }

    private LoadedPackage Use()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed || !_loaded.TryUse(), this);
            return _loaded;
        }
    }

    private static async Task<ModelAnswer> AnswerAsync(
        LoadedPackage loaded, ModelQuestion question, Action<GenerationStep>? onStep, AnswerTelemetry telemetry, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var decoding = Decoding.Of(loaded, question);
        int[] prompt = loaded.Model.Chat.EncodePrompt(ChatConversation.FromMessages(question.Turns(loaded.Manifest)));
        GeneratedRow row = await loaded.Model.Answers.SubmitAsync(
            new GenerationPrompt(prompt, question.Stream) { Adapter = loaded.Number }, decoding, onStep, cancellation).ConfigureAwait(false);
        var answer = new ModelAnswer(row.Text ?? "", prompt.Length, row);
        telemetry.Done(prompt.Length, row.Tokens.Count, answer.IsComplete);
        return answer;
    }
}
