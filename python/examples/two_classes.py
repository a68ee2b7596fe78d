"""A table of two classes, as a DataFrame, where the malignant class counts twice."""

from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from batchprop import MLPClassifier

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
clf = make_pipeline(StandardScaler(), MLPClassifier(30, max_iter=100, tol=0.001, random_state=0))
clf.fit(X_train, y_train, mlpclassifier__sample_weight=y_train.map({0: 2.0, 1: 1.0}))
p = clf.predict_proba(X_test)[:, 1]
print(f"{clf.score(X_test, y_test):.1%} of {len(y_test)} patients; area under the ROC curve {roc_auc_score(y_test, p):.3f}")
