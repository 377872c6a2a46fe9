using System.Buffers;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Making;

/// <summary>The lines of logs, feedback put to the answers it is about.</summary>
/// <param name="Exchanges">In the order of files and lines.</param>
/// <param name="Rivals">In the order of files and lines.</param>
public sealed record ExchangeLog(IReadOnlyList<Exchange> Exchanges, IReadOnlyList<RivalAnswers> Rivals)
{
    /// <summary>All lines of all files. Null when a line cannot be read: the first of the problems were reported.</summary>
    public static ExchangeLog? Read(IReadOnlyList<string> files, IStageLog log, CancellationToken cancellation)
    {
        var problems = new ProblemList();
        var lines = new List<LogLine>();
        for (int i = 0; i < files.Count; i++)
        {
            ReadFile(files[i], i, lines, problems, log, cancellation);
        }

        problems.Report(log, (more, _) => MakingErrors.MoreProblems(more));
        return problems.Count > 0 ? null : Join(lines, log);
    }

    private static void ReadFile(string file, int index, List<LogLine> lines, ProblemList problems, IStageLog log, CancellationToken cancellation)
    {
        var parser = new ExchangeParser();
        using var reader = LineBlockReader.TryOpen(file, index, out Diagnostic? problem);
        while (reader?.Next(out problem) is { } block)
        {
            cancellation.ThrowIfCancellationRequested();
            int number = block.FirstLine;
            foreach (Range range in block.Text.Span.Split((byte)'\n'))
            {
                ReadOnlyMemory<byte> line = block.Text[range];
                if (line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0 && parser.Parse(line, file, number, problems) is { } read)
                {
                    lines.Add(read);
                }

                number++;
            }

            ArrayPool<byte>.Shared.Return(block.Buffer!);
            log.Progress(new StageProgress($"Read {Path.GetFileName(file)}", number - 1, 0, "lines"));
        }

        if (problem is not null)
        {
            problems.Add(problem);
        }
    }

    private static ExchangeLog Join(List<LogLine> lines, IStageLog log)
    {
        var exchanges = new List<Exchange>();
        var byId = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (LogLine line in lines.Where(l => l.Exchange is not null))
        {
            foreach (string id in line.Ids)
            {
                byId[id] = exchanges.Count;
            }

            exchanges.Add(line.Exchange!);
        }

        LogLine[] lost = [.. lines.Where(l => l is { Exchange: null, Rivals: null } && !Put(l))];
        if (lost.Length > 0)
        {
            log.Report(MakingErrors.FeedbackWithoutExchange(lost[0].At, lost.Length));
        }

        return new ExchangeLog(exchanges, [.. lines.Select(l => l.Rivals).OfType<RivalAnswers>()]);

        bool Put(LogLine feedback)
        {
            if (feedback.Ids.FirstOrDefault(byId.ContainsKey) is not { } id)
            {
                return false;
            }

            exchanges[byId[id]] = exchanges[byId[id]].With(feedback.Given);
            return true;
        }
    }
}
