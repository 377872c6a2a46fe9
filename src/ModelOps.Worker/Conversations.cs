using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Tokenization;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>Renders the conversations of a file; a failure carries the line it happened at.</summary>
internal static class Conversations
{
    public static ChatConversation Of(PromptLine line) => Of(line.Messages);

    private static ChatConversation Of(IEnumerable<PromptMessage> messages) => ChatConversation.FromMessages(messages.Select(m => (m.Role, m.Content)));

    /// <summary>Applies a rendering to every line, on several threads, in the order of the lines; the first line that fails decides.</summary>
    public static T[] Map<T>(IReadOnlyList<Numbered<PromptLine>> lines, int threads, Func<ChatConversation, T> render, CancellationToken cancellation) =>
        Map(lines, threads, line => render(Of(line)), cancellation);

    private static T[] Map<TLine, T>(IReadOnlyList<Numbered<TLine>> lines, int threads, Func<TLine, T> render, CancellationToken cancellation)
    {
        var results = new T[lines.Count];
        var failures = new DiagnosticException?[lines.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(0, lines.Count, options, i =>
        {
            try
            {
                results[i] = render(lines[i].Value);
            }
            catch (ChatTemplateException e) when (e.RaisedByTemplate)
            {
                failures[i] = new DiagnosticException(WorkerErrors.RefusedConversation(lines[i].At, e.Reason), e);
            }
            catch (ChatTemplateException e)
            {
                failures[i] = new DiagnosticException(WorkerErrors.BadRow(lines[i].At, $"the chat template fails on it: {e.Reason} ({e.File}, line {e.Line}, column {e.Column})"), e);
            }
            catch (TokenizerException e)
            {
                failures[i] = new DiagnosticException(WorkerErrors.BadTokenizer(lines[i].At, $"it fails on this row: {e.Reason} ({e.File})"), e);
            }
            catch (UnprovableMaskException e)
            {
                failures[i] = new DiagnosticException(WorkerErrors.NoMask(lines[i].At, $"{e.Reason} ({e.File})"), e);
            }
        });
        return Array.Find(failures, f => f != null) is { } first ? throw first : results;
    }

    /// <summary>Rows as the trainer and the scorer take them.</summary>
    public static List<TrainingExample> Examples(
        IReadOnlyList<Numbered<PromptLine>> lines, ConversationRenderer renderer, int threads, CancellationToken cancellation) =>
        [.. Map(lines, threads, conversation => Example(renderer.Render(conversation)), cancellation)];

    /// <summary>Pairs as the trainer takes them; of the prompt nothing is scored.</summary>
    public static List<PreferenceExample> Pairs(
        IReadOnlyList<Numbered<PreferenceLine>> lines, ConversationRenderer renderer, int threads, CancellationToken cancellation)
    {
        return [.. Map(lines, threads, line => new PreferenceExample(Side(line.Prompt, line.Chosen), Side(line.Prompt, line.Rejected)), cancellation)];

        TrainingExample Side(IReadOnlyList<PromptMessage> prompt, IReadOnlyList<PromptMessage> answer) =>
            Example(renderer.Render(Of(prompt.Concat(answer)), firstAnswer: prompt.Count));
    }

    private static TrainingExample Example(RenderedConversation rendered) => new(rendered.Tokens, rendered.IsAssistant);

    /// <summary>Runs work over rows whose failures name them by index.</summary>
    public static T AtLine<T, TLine>(Func<T> work, params IReadOnlyList<Numbered<TLine>>[] sets)
    {
        try
        {
            return work();
        }
        catch (TrainingDataException e)
        {
            var set = sets[Math.Min(e.Set == "validation" ? 1 : 0, sets.Length - 1)];
            var at = e.Row >= 0 && e.Row < set.Count ? set[e.Row].At : default;
            throw new DiagnosticException(WorkerErrors.BadRow(at, e.Message), e);
        }
    }
}
