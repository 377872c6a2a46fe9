using ModelOps.Core.Packaging;

namespace ModelOps.Runtime;

/// <summary>An answer, whoever gave it.</summary>
/// <param name="IsComplete">It ended by itself; false where the limit on tokens cut it.</param>
/// <param name="Raw">A <see cref="ModelAnswer"/> where the model runs in this process.</param>
internal sealed record ChatAnswer(string Text, bool IsComplete, int PromptTokens, int CompletionTokens, object? Raw = null);

/// <summary>What answers for a package: a model in this process, or a provider.</summary>
internal interface IAnswers : IDisposable
{
    ModelManifest Manifest { get; }

    /// <param name="onText">Called with each piece of text as it becomes certain; must return at once.</param>
    Task<ChatAnswer> AnswerAsync(ModelQuestion question, Action<string>? onText, CancellationToken cancellation);
}

/// <summary>A model in this process.</summary>
internal sealed class LocalAnswers(PackagedModel model) : IAnswers
{
    public PackagedModel Model => model;

    public ModelManifest Manifest => model.Manifest;

    public async Task<ChatAnswer> AnswerAsync(ModelQuestion question, Action<string>? onText, CancellationToken cancellation)
    {
        ModelAnswer answer = await model.AnswerAsync(question, onText is null ? null : step =>
        {
            if (step.Text.Length > 0)
            {
                onText(step.Text);
            }
        }, cancellation).ConfigureAwait(false);
        return new ChatAnswer(answer.Text, answer.IsComplete, answer.PromptTokens, answer.Row.Tokens.Count, answer);
    }

    public void Dispose() => model.Dispose();
}
