using System.Diagnostics;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;

namespace ModelOps.Worker.Verbs;

/// <summary>One answer per prompt and repeat, in the prompts' order; the order in which they are computed changes none of them.</summary>
internal static class GenerateVerb
{
    public static ResultEvent Run(GenerateRequest request, EventWriter events, CancellationToken cancellation)
    {
        using ChatModel model = ChatModel.Open(request.Model, request.Adapter);
        Conversations conversations = Conversations.Read(request.Input);
        IReadOnlyList<int[]> prompts = conversations.Prompts(model);
        int repeats = Math.Max(1, request.Decoding.Repeats);
        GenerationPrompt[] all = [.. prompts.SelectMany(tokens => Enumerable.Range(0, repeats).Select(repeat => new GenerationPrompt(tokens, (ulong)repeat)))];
        long started = Stopwatch.GetTimestamp();
        int done = 0;
        IReadOnlyList<GeneratedRow> rows;
        using (var generator = new Generator(model.Model, model.Adapter, request.Threads))
        {
            try
            {
                rows = generator.Generate(all, ToEngine(model, request.Decoding), Answered, cancellation);
            }
            catch (GenerationException e)
            {
                throw new DiagnosticException(WorkerDiagnostics.BadRow(request.Input, (e.Row / repeats) + 1, e.Message), e);
            }
        }

        // Rows are decoded together, so each gets its share of the time.
        double milliseconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds / Math.Max(1, all.Length), 3);
        LineFile.Write(request.Output, rows.Select((row, i) => new AnswerLine(
            conversations.Lines[i / repeats].Id, i % repeats, row.Text ?? "", all[i].Tokens.Length, row.Tokens.Count,
            row.Reason == StopReason.Length ? "length" : "stop", milliseconds)));
        return new ResultEvent { Rows = rows.Count, Tokens = rows.Sum(row => (long)row.Tokens.Count), Seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3) };

        void Answered(int index, GeneratedRow row)
        {
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            done++;
            events.Progress(new ProgressEvent
            {
                Step = done,
                Steps = all.Length,
                RowsPerSecond = Math.Round(done / seconds, 1),
                EtaSeconds = Math.Round((all.Length - done) * seconds / done, 1),
            });
        }
    }

    private static GenerationOptions ToEngine(ChatModel model, DecodingOptions decoding) => model.Complete(new GenerationOptions
    {
        MaxNewTokens = decoding.MaxNewTokens,
        Temperature = decoding.Temperature,
        TopK = decoding.TopK,
        TopP = decoding.TopP,
        Seed = decoding.Seed,
        StopStrings = decoding.Stop,
    });
}
