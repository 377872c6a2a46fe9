namespace ModelOps.Core.Data;

/// <summary>What a set of rows is for.</summary>
public enum DatasetKind
{
    Training,
    Validation,
    Evaluation,
    Regression,

    /// <summary>Held-out rows that only Pack looks at.</summary>
    Sealed,
}

/// <summary>Which order of rows a dataset keeps.</summary>
public enum RowOrder
{
    /// <summary>By canonical bytes: the order of files and lines means nothing.</summary>
    Canonical,

    /// <summary>Files as listed, lines as written; the order is part of the dataset's identity (curricula, <c>PreserveDataOrder</c>).</summary>
    AsWritten,
}

/// <summary>The words that people know the sets by.</summary>
public static class DatasetKinds
{
    public static string Name(this DatasetKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>The MSBuild item.</summary>
    public static string Item(this DatasetKind kind) => kind == DatasetKind.Evaluation ? "EvalData" : $"{kind}Data"; // a sealed set is EvalData with Sealed="true"

    /// <summary>The field of an action key that holds the set's digest: <c>trainingData</c>, <c>evalData</c>…</summary>
    public static string Field(this DatasetKind kind) => char.ToLowerInvariant(kind.Item()[0]) + kind.Item()[1..];

    /// <summary>The conventional folder under <c>data/</c>, which also names row files and manifest entries.</summary>
    public static string Folder(this DatasetKind kind) => kind switch
    {
        DatasetKind.Training => "train",
        DatasetKind.Evaluation => "eval",
        _ => kind.Name(),
    };
}
