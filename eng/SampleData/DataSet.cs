namespace ModelOps.SampleData;

/// <summary>The three sets of a project. Lines of a grammar may be reserved for one of them.</summary>
public enum DataSet
{
    Train,
    Validation,
    Eval,
}
