using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Configuration;

/// <summary>A <c>ModelJudge</c>: who judges answers, by what rubric, and what shows that people would judge alike.</summary>
/// <param name="Endpoint">Name of the endpoint or command that judges; null: the base model.</param>
/// <param name="Humans">A file of answers that people labelled, absolute; null: nobody has.</param>
/// <param name="Minimum">What the lower limit of Cohen's kappa must reach before the judge's scores may gate anything.</param>
internal sealed record JudgeItem(
    ItemReader Source, string Name, PromptyFile Prompt, JudgeForm Form, string? Endpoint, string? Humans, double Minimum, int Repeats, ulong Seed)
{
    /// <summary>Placeholders of a rubric's prompt and of a comparison's.</summary>
    public const string Answer = "answer", First = "a", Second = "b", Reference = "reference";

    private const int DefaultMarks = 5;

    /// <exception cref="DiagnosticException">What is wrong with the file or the metadata.</exception>
    public static JudgeItem Parse(ProjectInputs inputs, ProjectItem item)
    {
        var reader = new ItemReader(inputs, item);
        string file = reader.FullPath(Names.Prompt) ?? throw reader.Invalid(Names.Prompt, "a prompt file that asks the judge, with {{answer}} for a rubric or {{a}} and {{b}} for a comparison");
        PromptyFile prompt = PromptyFile.Load(file);
        bool compares = prompt.Placeholders.Contains(First, StringComparer.Ordinal) && prompt.Placeholders.Contains(Second, StringComparer.Ordinal);
        if (!compares && !prompt.Placeholders.Contains(Answer, StringComparer.Ordinal))
        {
            throw reader.Invalid(Names.Prompt, "a prompt with {{answer}} for a rubric, or with {{a}} and {{b}} for a comparison");
        }

        string[] criteria = (reader.Text(Names.Criteria) ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (!compares && criteria.Length == 0)
        {
            throw reader.Invalid(Names.Criteria, "names of the rubric's criteria, separated by semicolons, as the judge writes them");
        }

        return new JudgeItem(
            reader,
            item.Include,
            prompt,
            new JudgeForm(compares ? JudgeKind.Pairwise : JudgeKind.Rubric, compares ? [] : criteria, reader.Count(Names.Marks, 2) ?? DefaultMarks),
            reader.Text(Names.Endpoint),
            reader.FullPath(Names.Humans),
            reader.Amount(Names.MinimumAgreement) ?? JudgeAgreement.DefaultMinimum,
            reader.Count(Names.Repeats, 1) ?? 1,
            (ulong)(reader.Count(Names.Seed, 0) ?? 0));
    }

    /// <summary>Part of the evaluation key.</summary>
    public KeyFields ToFields() => new KeyFields().Add("name", Name).Add("prompt", Prompt.ToFields()).Add("criteria", Form.Criteria).Add("marks", Form.Marks)
        .Add("kind", Form.Kind.ToString()).Add("repeats", Repeats).Add("seed", Seed).Add("minimumAgreement", Minimum);
}
