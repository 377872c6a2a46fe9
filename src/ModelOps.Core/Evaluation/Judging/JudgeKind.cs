namespace ModelOps.Core.Evaluation.Judging;

/// <summary>What a judge is asked.</summary>
public enum JudgeKind
{
    /// <summary>To rate an answer by criteria, each from 1 to a largest mark.</summary>
    Rubric,

    /// <summary>Whether an answer or the reference is better; asked in both orders.</summary>
    Pairwise,
}
