using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>One judge at work. Its answers are asked for, kept and replayed like those of any subject.</summary>
/// <param name="plan">Who is asked what.</param>
/// <param name="shared">The project's decoding.</param>
/// <param name="beforeAsking">Refuses what must not be asked: nothing of a lock, nothing above the budget.</param>
internal sealed class JudgeRun(JudgePlan plan, DecodingOptions shared, AnswerSource source, Action<Subject> beforeAsking)
{
    private const double IndependentTemperature = 0.7;

    private JudgeItem Judge => plan.Item;

    /// <summary>How far the judge agrees with the people who labelled answers; null where nobody did.</summary>
    public JudgeAgreement? Validate()
    {
        if (Judge.Humans is not { } file)
        {
            return null;
        }

        HumanLabel[] labels = [.. ReadLabels(file)];
        double[] scores = Scores([.. labels.Select((l, row) => new Judged($"human {row}", l.Input ?? "", l.Reference ?? "", l.Answer!, l.Other))], "people's answers");
        return JudgeAgreement.Of(Judge.Name, Judge.Form.Kind, labels.Zip(scores, (l, score) => (l.Label!, score)), Judge.Minimum);
    }

    /// <summary>The run with a score for every row.</summary>
    public SubjectRun WithScores(SubjectRun run, IReadOnlyList<EvaluationItem> items)
    {
        Judged[] rows = [.. items.Select((item, row) => new Judged(item.Id, item.Input, item.Reference, run.Answers[row].Text, item.Reference))];
        var scores = new Dictionary<string, IReadOnlyList<double>>(run.GivenScores, StringComparer.Ordinal) { [plan.Metric.ToString()] = Scores(rows, run.Name) };
        return run with { GivenScores = scores };
    }

    /// <summary>Of each answer the mean over the repeats; a comparison is asked in both orders.</summary>
    private double[] Scores(Judged[] rows, string whose)
    {
        double[][] first = Asked([.. rows.Select(row => Question(row, row.Answer, row.Other ?? row.Reference, "1"))], whose);
        if (Judge.Form.Kind == JudgeKind.Rubric)
        {
            return [.. first.Select(repeats => repeats.Average())];
        }

        double[][] swapped = Asked([.. rows.Select(row => Question(row, row.Other ?? row.Reference, row.Answer, "2"))], whose);
        return [.. first.Zip(swapped, (one, other) => one.Zip(other, JudgeForm.Both).Average())];
    }

    /// <summary>A score for every question and repeat.</summary>
    private double[][] Asked(EvaluationItem[] questions, string whose)
    {
        IReadOnlyList<PromptMessage>[] prompts = [.. questions.Select(q => Judge.Prompt.Render(q, [], null))];
        var subject = new Subject(
            $"judge {Judge.Name} on {whose}", SubjectKind.Variant, SubjectTechnique.Prompt, plan.Respondent, Decoding, new PreparedPrompt(Judge.Prompt, Judge.Name), prompts);
        beforeAsking(subject);
        ILookup<string, AnswerLine> answers = source.Answers(subject, questions).ToLookup(a => a.Id, StringComparer.Ordinal);
        return [.. questions.Select(q => answers[q.Id].OrderBy(a => a.Repeat).Select(a => ScoreOf(a, whose)).ToArray())];
    }

    private double ScoreOf(AnswerLine answer, string whose) => Judge.Form.Score(answer.Text) ?? throw EvaluateErrors.UnreadableJudge(Judge.Name, whose, answer.Text);

    // A judge that runs here can be held to its form; repeats of a greedy judge would all be the same.
    private DecodingOptions Decoding => Judge.Prompt.Decoding(shared with
    {
        JsonSchema = plan.Respondent is LocalModel ? Judge.Form.Schema() : null,
        Repeats = Judge.Repeats,
        Seed = Judge.Seed,
        Temperature = Judge.Repeats > 1 ? IndependentTemperature : 0,
    });

    private static EvaluationItem Question(Judged row, string first, string second, string order) => new(
        $"{row.Id} {order}",
        [new PromptMessage("user", row.Input)],
        row.Reference,
        Fields: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [JudgeItem.Answer] = row.Answer, [JudgeItem.Reference] = row.Reference, [JudgeItem.First] = first, [JudgeItem.Second] = second,
        });

    private IEnumerable<HumanLabel> ReadLabels(string file)
    {
        string[] lines;
        try
        {
            lines = [.. File.ReadAllLines(file).Where(line => line.Trim().Length > 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw EvaluateErrors.BadHumanLabel(file, 0, e.Message);
        }

        IReadOnlyList<string> known = JudgeAgreement.LabelsOf(Judge.Form.Kind);
        for (int i = 0; i < lines.Length; i++)
        {
            yield return Parse(lines[i], i, file, known);
        }

        if (lines.Length == 0)
        {
            throw EvaluateErrors.BadHumanLabel(file, 0, "it has no line.");
        }
    }

    private static HumanLabel Parse(string line, int index, string file, IReadOnlyList<string> known)
    {
        try
        {
            HumanLabel? label = JsonSerializer.Deserialize<HumanLabel>(line, WorkerJson.Options);
            return label is { Answer: not null, Label: { } text } && known.Contains(text) ? label
                : throw new JsonException($"it needs 'answer' and 'label', which is one of {string.Join(", ", known)}.");
        }
        catch (JsonException e)
        {
            throw EvaluateErrors.BadHumanLabel(file, index + 1, e.Message);
        }
    }

    private sealed record Judged(string Id, string Input, string Reference, string Answer, string? Other);

    private sealed record HumanLabel(string? Input = null, string? Reference = null, string? Answer = null, string? Other = null, string? Label = null);
}
